data "xivds8k_volume" "by_name" {
  provider = xivds8k.xiv
  name     = "db01-log"
}

data "xivds8k_volume" "by_id" {
  provider = xivds8k.ds8k
  id       = "0A01"
}

data "xivds8k_volume" "by_wwn" {
  provider = xivds8k.ds8k
  wwn      = "6005076303ffd1240000000000000a01"
}

output "database_log" {
  value = {
    device    = data.xivds8k_volume.by_name.device_path
    status    = data.xivds8k_volume.by_name.status
    allocated = data.xivds8k_volume.by_name.allocated_bytes
    mapped    = data.xivds8k_volume.by_name.mapped
  }
}
