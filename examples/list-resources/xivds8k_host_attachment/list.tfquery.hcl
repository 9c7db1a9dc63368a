# What one host has, what is attached to a cluster, and where one volume is attached.
list "xivds8k_host_attachment" "of_a_host" {
  provider = xivds8k.ds8k

  config {
    host_id = "H1"
  }
}

list "xivds8k_host_attachment" "of_a_cluster" {
  provider = xivds8k.xiv

  config {
    cluster = "db"
  }
}

list "xivds8k_host_attachment" "of_a_volume" {
  provider = xivds8k.ds8k

  config {
    volume_id = "0A01"
    side      = "home" # "remote" is the provider's replication_target; unset, both are listed
  }
}
