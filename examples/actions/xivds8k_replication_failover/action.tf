# Look first: `terraform apply -invoke=action.xivds8k_replication_failover.look -refresh=false` checks everything, lists
# the exact replications and calls, and changes nothing.
action "xivds8k_replication_failover" "look" {
  provider = xivds8k.ds8k

  config {
    operation       = "failover"
    replication_ids = ["0A01", "0A02"]
    dry_run         = true
  }
}

# A planned move, both arrays well: hosts are stopped first, although they are still logged in.
action "xivds8k_replication_failover" "move" {
  provider = xivds8k.ds8k

  config {
    operation       = "switch"
    to              = "remote"
    replication_ids = ["0A01", "0A02"]
    io_stopped      = true
    mode            = "global_copy" # where a broken-off move of a Global Copy may have left Metro Mirror
    timeout         = "30m"
  }
}

# A disaster: home is lost. An XIV that does not answer cannot tell its volumes' ids, so these are the remote ones.
action "xivds8k_replication_failover" "disaster" {
  provider = xivds8k.xiv

  config {
    operation             = "failover"
    replication_ids       = ["00173813d76b0004", "00173813d76b0005"]
    max_data_loss_seconds = 300 # more than that, or not known: nothing is done
  }
}

# All that is in a pool of the remote array, and only if it is as many as expected. Global Copy is never consistent by
# itself, and the management of home still answers, so both have to be said.
action "xivds8k_replication_failover" "whole_pool" {
  provider = xivds8k.ds8k

  config {
    operation           = "failover"
    pools               = ["P0"]
    expected_count      = 12
    accept_inconsistent = true
    force               = true
  }
}

# Afterwards: whose data stays is said, never guessed.
action "xivds8k_replication_failover" "back" {
  provider = xivds8k.xiv

  config {
    operation                = "failback"
    consistency_group_id     = "erp"
    authoritative_backend_id = "remote"
  }
}
