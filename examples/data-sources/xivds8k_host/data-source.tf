data "xivds8k_host" "esx01" {
  provider = xivds8k.ds8k
  name     = "esx01"
}

output "esx01" {
  value = {
    type       = data.xivds8k_host.esx01.type
    logged_out = [for port in data.xivds8k_host.esx01.ports : port.address if !port.logged_in]
    luns       = { for mapping in data.xivds8k_host.esx01.mappings : mapping.lun => mapping.volume_id }
  }
}

# By a port, in any spelling, or by id
data "xivds8k_host" "by_port" {
  provider = xivds8k.ds8k
  port     = "21:00:00:e0:8b:10:a9:5c"
}

data "xivds8k_host" "by_id" {
  provider = xivds8k.ds8k
  id       = "H1"
}
