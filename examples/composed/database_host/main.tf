# A database host with its volumes, and what its operating system and the SAN's zoning need to know.
terraform {
  required_providers {
    xivds8k = {
      source = "xivds8k/xivds8k"
    }
  }
}

provider "xivds8k" {
  family    = "ds8k"
  simulator = {} # your array's endpoints, username and password instead
}

module "db01" {
  source = "../../modules/host_with_volumes"

  name  = "db01"
  type  = "LinuxRHEL"
  wwpns = ["10:00:00:00:c9:12:a4:f0", "10:00:00:00:c9:12:a4:f1"]
  pool  = "P0"
  volumes = {
    data = { size_gib = 200 }
    log  = { size_gib = 20, lun = 10 }
  }
  deletion_protection = false # to try things out; leave it out for volumes that matter
}

output "devices" {
  value = module.db01.device_paths
}

output "zoning" {
  value = module.db01.target_wwpns
}
