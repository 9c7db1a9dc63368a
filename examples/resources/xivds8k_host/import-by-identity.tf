import {
  to = xivds8k_host.esx01
  identity = {
    system_id = "2107-75DXA41" # may be left out; checked when given
    id        = "H1"
  }
}
