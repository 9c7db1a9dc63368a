# A replication, by the id of home's volume: four hex digits on a DS8000, the WWN on an XIV
terraform import xivds8k_replication.ledger 0A01

# A mirrored consistency group of an XIV, by its name
terraform import xivds8k_replication.erp_group erp-mirrored
