# Groups of an XIV, by name
terraform import xivds8k_consistency_group.erp name:erp
