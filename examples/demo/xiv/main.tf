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

resource "xivds8k_volume" "demo" {
  for_each = local.volumes

  name     = each.value.name
  pool     = each.value.pool
  size_gib = each.value.size_gib

  deletion_protection = false # a volume that matters leaves this line out
}
