# Ports that were cabled and zoned, and that no host has yet
data "xivds8k_hosts" "all" {
  provider = xivds8k.ds8k
}

output "new_ports" {
  value = data.xivds8k_hosts.all.unowned_ports
}

# By name, exactly or by regular expression
data "xivds8k_hosts" "esx" {
  provider   = xivds8k.ds8k
  name_regex = "^esx"
}

output "volumes_of_esx_hosts" {
  value = { for host in data.xivds8k_hosts.esx.hosts : host.name => host.mappings[*].volume_id }
}

data "xivds8k_hosts" "one" {
  provider = xivds8k.ds8k
  name     = "esx01"
}

# Who has a port
data "xivds8k_hosts" "of_a_port" {
  provider = xivds8k.xiv
  port     = "10000000c912a4f0"
}
