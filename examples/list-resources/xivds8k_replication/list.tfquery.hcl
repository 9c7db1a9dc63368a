# Everything that is replicated to the provider's replication_target.
list "xivds8k_replication" "all" {
  provider = xivds8k.ds8k
}

list "xivds8k_replication" "synchronous" {
  provider = xivds8k.ds8k

  config {
    mode = "metro_mirror"
  }
}

# On an XIV: a mirrored group with its members.
list "xivds8k_replication" "erp" {
  provider = xivds8k.xiv

  config {
    consistency_group_id = "erp-mirrored"
  }
}
