import {
  to = xivds8k_consistency_group.erp
  identity = {
    system_id = "300331" # may be left out; checked when given
    id        = "erp"
  }
}
