# Look first: `terraform apply -invoke=action.xivds8k_snapshot_restore.look` checks everything and changes nothing.
action "xivds8k_snapshot_restore" "look" {
  provider = xivds8k.ds8k

  config {
    snapshot_id = "0A10"
    volume_id   = "0A01"
    dry_run     = true
  }
}

# Then: `terraform apply -invoke=action.xivds8k_snapshot_restore.database`. Literal ids work without a refresh.
action "xivds8k_snapshot_restore" "database" {
  provider = xivds8k.xiv

  config {
    snapshot_id   = "00173813d76b0004"
    hosts_offline = true # the database's hosts are shut down, although its volume is mapped
    timeout       = "10m"
  }
}

# All volumes of a group snapshot at once.
action "xivds8k_snapshot_restore" "whole_group" {
  provider = xivds8k.xiv

  config {
    consistency_group_snapshot_id = "erp-monday"
  }
}
