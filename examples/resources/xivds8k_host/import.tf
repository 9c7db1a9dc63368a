# By id (H1 on a DS8000, a number on an XIV) or "name:NAME"
import {
  to = xivds8k_host.by_id
  id = "H1"
}

import {
  to = xivds8k_host.by_name
  id = "name:esx01"
}
