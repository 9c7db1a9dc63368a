terraform {
  required_providers {
    xivds8k = {
      source = "xivds8k/xivds8k"
    }
  }
}

# An ephemeral variable keeps a password out of plan files (so does XIVDS8K_PASSWORD, together with XIVDS8K_ENDPOINTS).
variable "password" {
  type      = string
  sensitive = true
  ephemeral = true
}

variable "remote_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# An XIV, A9000 or Spectrum Accelerate: its management addresses are tried in order.
provider "xivds8k" {
  alias       = "xiv"
  family      = "xiv"
  backend_id  = "xiv-berlin"
  endpoints   = ["xiv1-mgmt1.example.com", "xiv1-mgmt2.example.com"]
  username    = "terraform"
  password    = var.password
  fingerprint = "5F:A1:0C:7E:33:9B:D4:61:28:EE:47:90:1B:C5:F8:02:6D:A7:34:9E:B1:50:C8:73:0F:E6:2A:95:4D:BB:18:C7"
}

# A DS8000 behind both of its management consoles.
provider "xivds8k" {
  alias           = "ds8k"
  family          = "ds8k"
  endpoints       = ["hmc1.example.com:8452", "hmc2.example.com:8452"]
  username        = "terraform"
  password        = var.password
  ca_file         = "/etc/pki/storage/ds8k-ca.pem"
  max_sessions    = 4
  lun_range       = "1-199"
  request_timeout = "90s"
}

# A DS8000 whose volumes are replicated to a second one. On the day the first one is lost, when_unreachable = "keep" lets
# plans and failovers go on.
provider "xivds8k" {
  alias            = "replicated"
  family           = "ds8k"
  backend_id       = "berlin"
  endpoints        = ["hmc1.example.com", "hmc2.example.com"]
  username         = "terraform"
  password         = var.password
  ca_file          = "/etc/pki/storage/ds8k-ca.pem"
  when_unreachable = "error"

  replication_target = {
    backend_id  = "potsdam"
    endpoints   = ["hmc3.example.com", "hmc4.example.com"]
    username    = "terraform"
    password    = var.remote_password
    fingerprint = "0C:7E:33:9B:D4:61:28:EE:47:90:1B:C5:F8:02:6D:A7:34:9E:B1:50:C8:73:0F:E6:2A:95:4D:BB:18:C7:5F:A1"
    pool        = "P0"
    port_pairs  = [{ home = "I0010", remote = "I0130" }, { home = "I0110", remote = "I0230" }]
  }
}

# The same DS8000 for a pipeline that shows plans and may never destroy, apart from one volume.
provider "xivds8k" {
  alias               = "careful"
  family              = "ds8k"
  endpoints           = ["[2001:db8::10]:8452"]
  username            = "terraform"
  password            = var.password
  ca_pem              = file("${path.module}/ds8k-ca.pem")
  mode                = "no_destroy"
  deletion_protection = true
  unprotect           = ["2107-75DXA41/0A01"]
}

# No array at hand: a simulated one, kept in a file between runs. "simulator = {}" is enough to start with.
provider "xivds8k" {
  alias  = "lab"
  family = "ds8k"
  simulator = {
    state_file = ".xivds8k/lab.db"
    array      = "ds8k2"
  }

  # The other array of the family stands by as replication target; this names only its pool.
  replication_target = {
    pool      = "P0"
    simulator = { array = "ds8k1" }
  }
}
