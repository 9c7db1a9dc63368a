# A group, a snapshot of all its volumes at one point in time, and a second group made out of that snapshot.
terraform {
  required_providers {
    xivds8k = {
      source = "xivds8k/xivds8k"
    }
  }
}

provider "xivds8k" {
  family    = "xiv"
  simulator = {} # your array's endpoints, username and password instead
}

locals {
  sizes = { data = 17, log = 17 }
}

module "production" {
  source = "../../modules/consistency_group"

  name                = "erp"
  pool                = "pool1"
  volumes             = { for key, size in local.sizes : key => { size_gib = size } }
  deletion_protection = false # to try things out; leave it out for volumes that matter
}

resource "xivds8k_consistency_group_snapshot" "monday" {
  consistency_group_id = module.production.id
  name                 = "erp-monday"
  volume_ids           = values(module.production.volume_ids)
}

module "test_system" {
  source = "../../modules/consistency_group"

  name = "erptest"
  pool = "pool1"
  volumes = {
    for key, size in local.sizes : key => {
      size_gib           = size
      source_snapshot_id = xivds8k_consistency_group_snapshot.monday.snapshot_ids[module.production.volume_ids[key]]
    }
  }
  deletion_protection = false
}

output "test_system" {
  value = module.test_system.volume_ids
}
