# terraform query -generate-config-out=found.tf writes import and resource blocks for what it finds.
list "xivds8k_snapshot" "of_a_volume" {
  provider         = xivds8k.ds8k
  include_resource = true

  config {
    volume_id = "0A01"
    pool      = "P2"
  }
}

list "xivds8k_snapshot" "nightly" {
  provider = xivds8k.xiv

  config {
    name_regex = "nightly$"
  }
}

list "xivds8k_snapshot" "one_name" {
  provider = xivds8k.xiv

  config {
    name = "orders.nightly"
  }
}
