# A volume that was there before Terraform: taken as it is, and renamed. Removing the block gives it up again: the
# volume, its data and its mappings stay, and it gets its old name back.
resource "xivds8k_managed_volume" "legacy" {
  provider = xivds8k.xiv

  existing_name = "legacy_db"
  restore_name  = "legacy_db"

  name      = "db02-data"
  size_gib  = 64 # must be what it has when it is taken; more, later, grows it
  qos_class = "" # it is in no performance class
}

# A DS8000 gives the ids of deleted volumes again, so that a name beside the id makes sure. What is expected is read from
# the array right before the volume is taken; anything else is refused, and nothing is renamed.
resource "xivds8k_managed_volume" "payroll" {
  provider = xivds8k.ds8k

  existing_id   = "0A10"
  existing_name = "payroll"

  expected = {
    pool         = "P0"
    size_bytes   = 10737418240
    provisioning = "thin"
  }

  pool         = "P0" # managed from now on: another pool of the same node moves it
  size_bytes   = 10737418240
  provisioning = "thin"
  lss          = "0A"

  allow_full_resync = false # true lets a growth take the pair of a replicated volume apart

  timeouts = {
    create = "5m"
    read   = "2m"
    update = "30m"
    delete = "5m"
  }
}

# By the identifier its host shows; nothing of it is written, so that nothing of it is ever changed.
resource "xivds8k_managed_volume" "ibm_i" {
  provider = xivds8k.ds8k

  existing_wwn = "6005076303ffd1240000000000000a11"
  os400        = "A01"
}

output "payroll" {
  value = {
    name        = xivds8k_managed_volume.payroll.name
    wwn         = xivds8k_managed_volume.payroll.wwn
    device_path = xivds8k_managed_volume.payroll.device_path
  }
}
