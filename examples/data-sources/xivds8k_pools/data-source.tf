# The fixed-block pools of a DS8000's node 0, the one with most room first
data "xivds8k_pools" "node0" {
  provider = xivds8k.ds8k
  node     = 0
  type     = "fb"
}

locals {
  by_room = reverse(sort([for pool in data.xivds8k_pools.node0.pools : format("%020d %s", pool.free_bytes, pool.id)]))
}

output "roomiest_pool" {
  value = split(" ", local.by_room[0])[1]
}

# Every pool of that name; an empty list when there is none
data "xivds8k_pools" "named" {
  provider = xivds8k.xiv
  name     = "pool1"
}

output "promised_over_physical" {
  value = { for pool in data.xivds8k_pools.named.pools : pool.name => pool.thin_ratio }
}
