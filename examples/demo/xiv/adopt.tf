import {
  to = xivds8k_volume.adopted
  id = "name:Old LUN 7"
}
