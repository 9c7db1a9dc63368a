import {
  to = xivds8k_host_attachment.datastore["ds01"]
  identity = {
    system_id = "2107-75DXA41" # may be left out; checked when given
    side      = "home"         # may be left out
    host_id   = "H1"
    volume_id = "0A01"
  }
}

import {
  to = xivds8k_host_attachment.shared
  identity = {
    cluster   = "db"
    volume_id = "001738000a2b0001"
  }
}
