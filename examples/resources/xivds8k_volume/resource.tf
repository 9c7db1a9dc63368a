# Volumes on an XIV-family array. Change name, pool or size and apply: the LUN, its WWN and its mappings stay.
resource "xivds8k_volume" "database" {
  provider = xivds8k.xiv
  for_each = { data = 120, log = 40 }

  name      = "db01-${each.key}"
  pool      = "pool1"
  size_gib  = each.value
  qos_class = "gold"

  deletion_protection = false # to try things out; leave it out for volumes that matter
}

# A thin volume on a DS8000, with its place chosen: LSS 0A belongs to node 0, as pool P0 does.
resource "xivds8k_volume" "archive" {
  provider = xivds8k.ds8k

  name         = "archive01"
  pool         = "P0"
  size_bytes   = 10737418240
  provisioning = "thin"
  lss          = "0A"

  deletion_protection = false
  allow_full_resync   = false # true lets a growth take the pair of a replicated volume apart

  timeouts = {
    create = "10m"
    read   = "2m"
    update = "30m"
    delete = "10m"
  }
}

# An IBM i volume: the fixed model sets the size.
resource "xivds8k_volume" "ibm_i" {
  provider = xivds8k.ds8k

  name  = "ibmi01"
  pool  = "P0"
  os400 = "A01"

  deletion_protection = false
}

# A copy of another volume, larger than that: it begins with what the other holds when it is made. Both are
# independent afterwards, and the copy is never made anew because its source changed.
resource "xivds8k_volume" "test_copy" {
  provider = xivds8k.xiv

  name             = "copy01"
  pool             = "pool1"
  size_gib         = 60
  source_volume_id = xivds8k_volume.database["log"].id

  deletion_protection = false

  timeouts = {
    create = "2h" # a DS8000 copies in the background and is waited for
  }
}

variable "snapshot_id" {
  description = "Id of a snapshot to make a volume from."
  type        = string
  default     = null
}

# A copy of a snapshot: the point in time it holds, in a volume of its own.
resource "xivds8k_volume" "from_snapshot" {
  provider = xivds8k.xiv
  count    = var.snapshot_id == null ? 0 : 1

  name               = "from-snapshot"
  pool               = "pool1"
  size_gib           = 160
  source_snapshot_id = var.snapshot_id

  deletion_protection = false
}

output "database" {
  value = {
    for key, volume in xivds8k_volume.database : key => {
      id           = volume.id
      wwn          = volume.wwn
      device_path  = volume.device_path
      actual_bytes = volume.actual_bytes
      pool_id      = volume.pool_id
      system_id    = volume.system_id
      written_name = volume.written_name
    }
  }
}

# Null as a rule: a copy whose answer was lost is not deleted for 15 minutes.
output "copies_in_doubt" {
  value = { for volume in xivds8k_volume.from_snapshot : volume.name => volume.copy_in_doubt_since if volume.copy_in_doubt_since != null }
}
