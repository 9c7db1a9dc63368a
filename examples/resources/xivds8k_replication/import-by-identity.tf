import {
  to = xivds8k_replication.ledger
  identity = {
    system_id = "2107-75DXA41" # of the home array; may be left out, checked when given
    id        = "0A01"
  }
}
