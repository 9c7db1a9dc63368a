# By id (four hex digits on a DS8000, the WWN on an XIV), "name:NAME" or "wwn:WWN"
import {
  to = xivds8k_snapshot.by_id
  id = "0A02"
}

import {
  to = xivds8k_snapshot.by_name
  id = "name:ledger_close"
}

import {
  to = xivds8k_snapshot.by_wwn
  id = "wwn:6005076303ffd1240000000000000a02"
}
