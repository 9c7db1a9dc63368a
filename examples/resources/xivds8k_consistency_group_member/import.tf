# Members of a group of an XIV, by the group's name and the volume's WWN. Those of a DS8000 cannot be imported.
import {
  to = xivds8k_consistency_group_member.erp["data"]
  id = "erp-group/001738000a2b0001"
}
