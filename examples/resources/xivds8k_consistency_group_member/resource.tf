locals {
  sizes = { data = 120, log = 40 }
}

# On an XIV: volumes of one pool, and the group in it. To take a volume away, remove its key: the member goes first.
resource "xivds8k_volume" "erp" {
  provider = xivds8k.xiv
  for_each = local.sizes

  name     = "erp-${each.key}"
  pool     = "pool1"
  size_gib = each.value

  deletion_protection = false # to try things out; leave it out for volumes that matter
}

resource "xivds8k_consistency_group" "erp" {
  provider = xivds8k.xiv

  name = "erp-group"
  pool = "pool1"
}

resource "xivds8k_consistency_group_member" "erp" {
  provider = xivds8k.xiv
  for_each = xivds8k_volume.erp

  consistency_group_id = xivds8k_consistency_group.erp.id
  volume_id            = each.value.id

  timeouts = {
    create = "5m"
    read   = "2m"
    update = "5m"
    delete = "5m"
  }
}

# On a DS8000: volumes of any pools; who is a member is kept in the state only.
resource "xivds8k_volume" "archive" {
  provider = xivds8k.ds8k

  name     = "archive02"
  pool     = "P0"
  size_gib = 10

  deletion_protection = false
}

resource "xivds8k_consistency_group" "archive" {
  provider = xivds8k.ds8k

  name = "archive"
}

resource "xivds8k_consistency_group_member" "archive" {
  provider = xivds8k.ds8k

  consistency_group_id = xivds8k_consistency_group.archive.id
  volume_id            = xivds8k_volume.archive.id
}

output "members" {
  value = [for member in xivds8k_consistency_group_member.erp : member.id]
}
