# By id (four hex digits on a DS8000, the WWN on an XIV), "name:NAME" or "wwn:WWN". An import sends nothing, not even a
# name. terraform plan -generate-config-out=imported.tf writes the resource blocks. Terraform before 1.14 generates both
# size_gib and size_bytes; remove one of them.
import {
  to = xivds8k_managed_volume.by_id
  id = "0A10"
}

import {
  to = xivds8k_managed_volume.by_name
  id = "name:payroll"
}

import {
  to = xivds8k_managed_volume.by_wwn
  id = "wwn:6005076303ffd1240000000000000a10"
}
