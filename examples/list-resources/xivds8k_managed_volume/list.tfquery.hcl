# terraform query -generate-config-out=found.tf writes import and resource blocks for what it finds. Every volume is
# listed as xivds8k_volume already, so that a list of managed ones needs a filter.
list "xivds8k_managed_volume" "unmapped" {
  provider         = xivds8k.ds8k
  include_resource = true
  limit            = 50

  config {
    pool           = "P0"
    mapped         = false
    replicated     = false
    min_size_bytes = 1073741824
    max_size_bytes = 1099511627776
  }
}

list "xivds8k_managed_volume" "legacy" {
  provider = xivds8k.xiv

  config {
    name_regex = "^legacy_"
  }
}

list "xivds8k_managed_volume" "one_name" {
  provider = xivds8k.ds8k

  config {
    name = "payroll"
  }
}

list "xivds8k_managed_volume" "of_a_host" {
  provider = xivds8k.xiv

  config {
    host = "dbserver02"
  }
}

list "xivds8k_managed_volume" "all" {
  provider = xivds8k.ds8k

  config {
    type = "fb" # every fixed-block volume
  }
}
