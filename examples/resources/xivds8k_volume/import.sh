# By id: four hex digits on a DS8000, the WWN on an XIV
terraform import xivds8k_volume.archive 0A01

# By name, when one volume has it
terraform import xivds8k_volume.archive name:archive01

# By WWN
terraform import xivds8k_volume.archive wwn:6005076303ffd1240000000000000a01
