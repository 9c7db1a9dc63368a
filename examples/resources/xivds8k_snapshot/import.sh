# By id: four hex digits on a DS8000, the WWN on an XIV
terraform import xivds8k_snapshot.ledger_close 0A02

# By name, when one snapshot has it
terraform import xivds8k_snapshot.ledger_close name:ledger_close

# By WWN
terraform import xivds8k_snapshot.ledger_close wwn:6005076303ffd1240000000000000a02
