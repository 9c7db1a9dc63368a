# Large volumes nobody uses
data "xivds8k_volumes" "idle" {
  provider       = xivds8k.ds8k
  pool           = "P0"
  type           = "fb"
  mapped         = false
  replicated     = false
  min_size_bytes = 107374182400
  max_size_bytes = 10995116277760
}

output "idle_gib" {
  value = sum(concat([0], data.xivds8k_volumes.idle.volumes[*].size_bytes)) / pow(2, 30)
}

# By name, exactly or by regular expression; snapshots are listed too
data "xivds8k_volumes" "database" {
  provider   = xivds8k.xiv
  name_regex = "^db01-"
}

data "xivds8k_volumes" "log" {
  provider = xivds8k.xiv
  name     = "db01-log"
}

# What one host sees
data "xivds8k_volumes" "of_a_host" {
  provider = xivds8k.xiv
  host     = "dbserver01"
}

output "luns" {
  value = { for volume in data.xivds8k_volumes.of_a_host.volumes : volume.name => volume.device_path }
}
