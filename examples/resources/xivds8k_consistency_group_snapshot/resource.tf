# On an XIV-family array: of every member of the group, taken in one step. volume_ids may be left out; written, it has
# to be the members, and nothing is taken otherwise.
resource "xivds8k_consistency_group_snapshot" "database" {
  provider = xivds8k.xiv

  consistency_group_id = "db01"
  name                 = "db01-monday"
}

# On a DS8000: of these volumes. Their LSSs hold no other volumes that hosts use; allow_shared_lss takes it anyway.
resource "xivds8k_volume" "mail" {
  provider = xivds8k.ds8k
  for_each = toset(["data", "log"])

  name     = "mail_${each.key}"
  pool     = "P0"
  size_gib = 10
  lss      = "20"

  deletion_protection = false # to try things out; leave it out for volumes that matter
}

resource "xivds8k_consistency_group_snapshot" "mail" {
  provider = xivds8k.ds8k

  consistency_group_id = "mail" # the id of the group; on a DS8000 any text
  name                 = "mail_mon"
  volume_ids           = [for volume in xivds8k_volume.mail : volume.id]
  allow_shared_lss     = false
  recreate_when_lost   = false

  timeouts = {
    create = "5m"
    read   = "2m"
    update = "5m"
    delete = "10m"
  }
}

# Fails a plan in CI while the point in time is lost.
check "mail_snapshot_holds" {
  assert {
    condition     = !xivds8k_consistency_group_snapshot.mail.lost
    error_message = "The group snapshot of the mail volumes is lost."
  }
}

output "mail_snapshots" {
  value = {
    id           = xivds8k_consistency_group_snapshot.mail.id
    snapshot_ids = xivds8k_consistency_group_snapshot.mail.snapshot_ids
    created_at   = xivds8k_consistency_group_snapshot.mail.created_at
    system_id    = xivds8k_consistency_group_snapshot.mail.system_id
  }
}
