import {
  to = xivds8k_volume.adopted
  id = "name:old_lun_7"
}
