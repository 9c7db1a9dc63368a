list "xivds8k_host" "esx" {
  provider         = xivds8k.ds8k
  include_resource = true

  config {
    name_regex = "^esx"
  }
}

# The host that has a port, in any spelling
list "xivds8k_host" "by_port" {
  provider = xivds8k.xiv

  config {
    port = "10:00:00:00:c9:12:a4:f0"
  }
}

list "xivds8k_host" "one" {
  provider = xivds8k.ds8k

  config {
    name = "esx01"
  }
}
