# By both ids it is found while home does not answer, too.
data "xivds8k_replication" "orders" {
  provider         = xivds8k.xiv
  id               = xivds8k_replication.orders.id
  remote_volume_id = xivds8k_replication.orders.remote_volume_id
}

data "xivds8k_replication" "ledger" {
  provider         = xivds8k.ds8k
  id               = xivds8k_replication.ledger.id
  remote_volume_id = xivds8k_replication.ledger.remote_volume_id
}

output "ledger" {
  value = {
    state          = data.xivds8k_replication.ledger.state
    serves         = data.xivds8k_replication.ledger.serves
    recovery_point = data.xivds8k_replication.ledger.recovery_point
    operations     = data.xivds8k_replication.ledger.operations
  }
}

# Warns in a pipeline while a copy is not complete.
check "ledger_is_protected" {
  assert {
    condition     = contains([1, 4], data.xivds8k_replication.ledger.row) # in step, whichever side serves
    error_message = "ledger is ${data.xivds8k_replication.ledger.state}: ${data.xivds8k_replication.ledger.cause}"
  }
}
