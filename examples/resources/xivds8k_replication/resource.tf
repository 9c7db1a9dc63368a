# On an XIV: a volume that is copied to the array of the provider's replication_target, at most two minutes behind.
resource "xivds8k_volume" "orders" {
  provider = xivds8k.xiv

  name     = "orders"
  pool     = "pool1"
  size_gib = 100

  deletion_protection = false # to try things out; leave it out for volumes that matter
}

resource "xivds8k_replication" "orders" {
  provider = xivds8k.xiv

  volume_id         = xivds8k_volume.orders.id
  mode              = "async"
  rpo_seconds       = 120
  remote_pool       = "pool1"
  remote_name       = "orders-copy"
  wait_for_sync     = true
  allow_full_resync = false # true lets a change of mode copy everything again

  remote_on_delete = "delete" # "keep", when unset, leaves the copy on the other array

  timeouts = {
    create = "2h"
    read   = "5m"
    update = "2h"
    delete = "15m"
  }
}

# A group of volumes that are switched and failed over together. The group is mirrored while it is empty, each volume by
# itself, and each joins the group as soon as it is in step.
locals {
  erp = { data = 120, log = 40 }
}

resource "xivds8k_volume" "erp" {
  provider = xivds8k.xiv
  for_each = local.erp

  name     = "erp-mirrored-${each.key}"
  pool     = "pool1"
  size_gib = each.value

  deletion_protection = false
}

resource "xivds8k_consistency_group" "erp" {
  provider = xivds8k.xiv

  name = "erp-mirrored"
  pool = "pool1"
}

resource "xivds8k_replication" "erp_group" {
  provider = xivds8k.xiv

  consistency_group_id = xivds8k_consistency_group.erp.id
  mode                 = "sync"
  remote_pool          = "pool1"
  remote_on_delete     = "delete"
}

resource "xivds8k_replication" "erp" {
  provider = xivds8k.xiv
  for_each = xivds8k_volume.erp

  volume_id        = each.value.id
  mode             = "sync"
  remote_pool      = "pool1"
  remote_on_delete = "delete"
}

resource "xivds8k_consistency_group_member" "erp" {
  provider   = xivds8k.xiv
  for_each   = xivds8k_replication.erp
  depends_on = [xivds8k_replication.erp_group]

  consistency_group_id = xivds8k_consistency_group.erp.id
  volume_id            = each.value.volume_id
}

# On a DS8000: Metro Mirror. The label says to which array; leaving it out means the provider's only target.
resource "xivds8k_volume" "ledger" {
  provider = xivds8k.ds8k

  name     = "ledger01"
  pool     = "P0"
  size_gib = 10

  deletion_protection = false
}

resource "xivds8k_replication" "ledger" {
  provider = xivds8k.ds8k

  volume_id        = xivds8k_volume.ledger.id
  backend_id       = "remote"
  mode             = "metro_mirror"
  remote_pool      = "P0"
  wait_for_sync    = true
  remote_on_delete = "delete"
}

output "ledger_copy" {
  value = {
    id        = xivds8k_replication.ledger.id
    remote_id = xivds8k_replication.ledger.remote_volume_id
    wwn       = xivds8k_replication.ledger.remote_wwn
    system_id = xivds8k_replication.ledger.system_id
  }
}
