import {
  to = xivds8k_managed_volume.payroll
  identity = {
    system_id = "2107-75DXA41" # may be left out; checked when given
    id        = "0A10"
  }
}
