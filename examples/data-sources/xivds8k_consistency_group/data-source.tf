data "xivds8k_consistency_group" "erp" {
  provider = xivds8k.xiv
  name     = "erp"
}

output "erp" {
  value = {
    pool       = data.xivds8k_consistency_group.erp.pool
    volume_ids = data.xivds8k_consistency_group.erp.volume_ids
    mirrored   = data.xivds8k_consistency_group.erp.mirrored
  }
}
