resource "xivds8k_volume" "orders" {
  provider = xivds8k.xiv

  name     = "orders"
  pool     = "pool1"
  size_gib = 120

  deletion_protection = false # to try things out; leave it out for volumes that matter
}

# On an XIV the array deletes snapshots when it runs out of space for them: those with priority 4 first, with 1 last.
resource "xivds8k_snapshot" "orders_nightly" {
  provider = xivds8k.xiv

  volume_id       = xivds8k_volume.orders.id
  name            = "orders.nightly"
  delete_priority = 3

  recreate_when_lost = true # a lost one is taken anew by the next apply, and the plan says so
}

resource "xivds8k_volume" "ledger" {
  provider = xivds8k.ds8k

  name         = "ledger"
  pool         = "P0"
  size_gib     = 10
  provisioning = "thin"

  deletion_protection = false
}

# On a DS8000 the snapshot is a volume of its own: the target of a FlashCopy relation. A full copy is waited for.
resource "xivds8k_snapshot" "ledger_close" {
  provider = xivds8k.ds8k

  volume_id = xivds8k_volume.ledger.id
  name      = "ledger_close"
  copy      = "full"
  pool      = "P2"

  timeouts = {
    create = "2h"
    read   = "2m"
    update = "10m"
    delete = "15m"
  }
}

# Without these two lines only what later writes to the volume displace is kept, in the volume's own pool.
resource "xivds8k_snapshot" "ledger_before_update" {
  provider = xivds8k.ds8k

  volume_id = xivds8k_volume.ledger.id
  name      = "ledger_upd"
}

# Says in every plan and apply, and so in CI, that a point in time is lost.
check "snapshots" {
  assert {
    condition     = !coalesce(xivds8k_snapshot.ledger_close.lost, false)
    error_message = "Snapshot ${xivds8k_snapshot.ledger_close.name} is lost."
  }
}

output "ledger_close" {
  value = {
    id           = xivds8k_snapshot.ledger_close.id
    wwn          = xivds8k_snapshot.ledger_close.wwn
    created_at   = xivds8k_snapshot.ledger_close.created_at
    size_bytes   = xivds8k_snapshot.ledger_close.size_bytes
    system_id    = xivds8k_snapshot.ledger_close.system_id
    lost         = xivds8k_snapshot.ledger_close.lost
    written_name = xivds8k_snapshot.ledger_close.written_name
  }
}
