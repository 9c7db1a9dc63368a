import {
  to = xivds8k_consistency_group_member.erp["data"]
  identity = {
    system_id            = "300331" # may be left out; checked when given
    consistency_group_id = "erp-group"
    volume_id            = "001738000a2b0001"
  }
}
