# Groups of an XIV, by name. Those of a DS8000 cannot be imported: write the block, it costs nothing.
import {
  to = xivds8k_consistency_group.erp
  id = "name:erp"
}
