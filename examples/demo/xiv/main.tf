terraform {
  required_providers {
    xivds8k = {
      source = "xivds8k/xivds8k"
    }
  }
}

provider "xivds8k" {
  family    = "xiv"
  simulator = {}
}

# the pools there are; in real life they have names one knows
data "xivds8k_pools" "all" {
  type = "fb"
}

locals {
  pools = data.xivds8k_pools.all.pools[*].name
}

resource "xivds8k_volume" "demo" {
  for_each = local.volumes

  name     = each.value.name
  pool     = each.value.pool
  size_gib = each.value.size_gib

  deletion_protection = false # a volume that matters leaves this line out
}
