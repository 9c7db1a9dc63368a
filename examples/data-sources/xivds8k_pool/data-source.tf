data "xivds8k_pool" "by_id" {
  provider = xivds8k.ds8k
  id       = "P0"
}

data "xivds8k_pool" "by_name" {
  provider = xivds8k.xiv
  name     = "pool1"
}

output "free_gib" {
  value = {
    ds8k = floor(data.xivds8k_pool.by_id.free_bytes / pow(2, 30))
    xiv  = floor(data.xivds8k_pool.by_name.free_bytes / pow(2, 30))
  }
}
