# By id: four hex digits on a DS8000, the WWN on an XIV
terraform import xivds8k_managed_volume.payroll 0A10

# By name, when one volume has it
terraform import xivds8k_managed_volume.payroll name:payroll

# By WWN
terraform import xivds8k_managed_volume.payroll wwn:6005076303ffd1240000000000000a10
