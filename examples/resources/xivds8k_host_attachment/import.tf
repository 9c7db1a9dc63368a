# By the host's id (or its name) and the volume's id
import {
  to = xivds8k_host_attachment.datastore["ds01"]
  id = "host:H1/0A01"
}

# By the name of a cluster of an XIV and the volume's WWN
import {
  to = xivds8k_host_attachment.shared
  id = "cluster:db/001738000a2b0001"
}
