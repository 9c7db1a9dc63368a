# By the host's id (or its name) and the volume's id
terraform import 'xivds8k_host_attachment.datastore["ds01"]' host:H1/0A01

# By the name of a cluster of an XIV and the volume's WWN
terraform import xivds8k_host_attachment.shared cluster:db/001738000a2b0001

# With the side before it, as in the id
terraform import xivds8k_host_attachment.shared home/cluster:db/001738000a2b0001
