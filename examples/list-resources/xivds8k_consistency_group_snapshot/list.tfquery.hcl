# terraform query -generate-config-out=found.tf writes import and resource blocks for what it finds.
list "xivds8k_consistency_group_snapshot" "database" {
  provider         = xivds8k.xiv
  include_resource = true

  config {
    consistency_group_id = "db01"
  }
}

list "xivds8k_consistency_group_snapshot" "one_name" {
  provider = xivds8k.xiv

  config {
    name = "db01-monday"
  }
}
