# terraform query -generate-config-out=found.tf writes import and resource blocks for what it finds.
list "xivds8k_volume" "unmapped" {
  provider         = xivds8k.ds8k
  include_resource = true
  limit            = 50

  config {
    pool           = "P0"
    type           = "fb"
    mapped         = false
    replicated     = false
    min_size_bytes = 1073741824
    max_size_bytes = 1099511627776
  }
}

list "xivds8k_volume" "database" {
  provider = xivds8k.xiv

  config {
    name_regex = "^db[0-9]+-"
  }
}

list "xivds8k_volume" "one_name" {
  provider = xivds8k.xiv

  config {
    name = "db01-log"
  }
}

list "xivds8k_volume" "of_a_host" {
  provider = xivds8k.xiv

  config {
    host = "dbserver01"
  }
}
