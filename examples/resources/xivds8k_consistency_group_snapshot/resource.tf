# On an XIV-family array: of every member of the group, taken in one step. volume_ids has to be the members, and nothing
# is taken otherwise; written like this, it also waits until they have joined.
resource "xivds8k_volume" "database" {
  provider = xivds8k.xiv
  for_each = { data = 120, log = 40 }

  name     = "db01-${each.key}"
  pool     = "pool1"
  size_gib = each.value

  deletion_protection = false # to try things out; leave it out for volumes that matter
}

resource "xivds8k_consistency_group" "database" {
  provider = xivds8k.xiv

  name = "db01"
  pool = "pool1"
}

resource "xivds8k_consistency_group_member" "database" {
  provider = xivds8k.xiv
  for_each = xivds8k_volume.database

  consistency_group_id = xivds8k_consistency_group.database.id
  volume_id            = each.value.id
}

resource "xivds8k_consistency_group_snapshot" "database" {
  provider = xivds8k.xiv

  consistency_group_id = xivds8k_consistency_group.database.id
  name                 = "db01-monday"
  volume_ids           = [for member in xivds8k_consistency_group_member.database : member.volume_id]
}

# On a DS8000: of these volumes. Their LSS holds no other volumes that hosts use; allow_shared_lss takes it anyway.
resource "xivds8k_volume" "mail" {
  provider = xivds8k.ds8k
  for_each = toset(["data", "log"])

  name     = "mail_${each.key}"
  pool     = "P0"
  size_gib = 10
  lss      = "20"

  deletion_protection = false
}

resource "xivds8k_consistency_group" "mail" {
  provider = xivds8k.ds8k

  name = "mail"
}

resource "xivds8k_consistency_group_member" "mail" {
  provider = xivds8k.ds8k
  for_each = xivds8k_volume.mail

  consistency_group_id = xivds8k_consistency_group.mail.id
  volume_id            = each.value.id
}

resource "xivds8k_consistency_group_snapshot" "mail" {
  provider = xivds8k.ds8k

  consistency_group_id = xivds8k_consistency_group.mail.id
  name                 = "mail_mon"
  volume_ids           = [for member in xivds8k_consistency_group_member.mail : member.volume_id]
  allow_shared_lss     = false
  recreate_when_lost   = false

  timeouts = {
    create = "5m"
    read   = "2m"
    update = "5m"
    delete = "10m"
  }
}

# Warns in every plan, and in CI, while the point in time is lost; lost is null where a failed destroy left a part of it.
check "mail_snapshot_holds" {
  assert {
    condition     = xivds8k_consistency_group_snapshot.mail.lost == false
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
