# By id: H1 on a DS8000, a number on an XIV
terraform import xivds8k_host.esx01 H1

# By name
terraform import xivds8k_host.esx01 name:esx01
