import {
  to = xivds8k_snapshot.ledger_close
  identity = {
    system_id = "2107-75DXA41" # may be left out; checked when given
    id        = "0A02"
  }
}
