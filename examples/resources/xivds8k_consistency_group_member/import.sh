# Members of a group of an XIV, by the group's name and the volume's WWN
terraform import 'xivds8k_consistency_group_member.erp["data"]' erp-group/001738000a2b0001
