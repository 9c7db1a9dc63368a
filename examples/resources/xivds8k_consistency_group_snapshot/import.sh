# An XIV's, by its name
terraform import xivds8k_consistency_group_snapshot.database name:db01-monday

# A DS8000's, by its relations
terraform import xivds8k_consistency_group_snapshot.mail 2000:2010,2001:2011
