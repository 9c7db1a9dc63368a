data "xivds8k_pool" "of_databases" {
  provider = xivds8k.ds8k
  id       = "P0"
}

output "free_gib" {
  value = floor(provider::xivds8k::bytes_to_gib(data.xivds8k_pool.of_databases.free_bytes))
}
