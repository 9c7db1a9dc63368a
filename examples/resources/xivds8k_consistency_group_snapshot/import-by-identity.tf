import {
  to = xivds8k_consistency_group_snapshot.mail
  identity = {
    system_id = "2107-75DXA41" # may be left out; checked when given
    id        = "2000:2010,2001:2011"
  }
}
