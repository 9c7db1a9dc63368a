# What these volumes take of an XIV's pool: 16 + 112 + 208 GiB
locals {
  sizes_gib = { log = 10, index = 100, data = 200 }
}

output "taken_gib" {
  value = sum([for size in values(local.sizes_gib) : provider::xivds8k::xiv_size_gib(size)])
}
