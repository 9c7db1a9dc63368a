# A database on two sites: its volumes replicated and attached on both, and what is invoked to move it. With simulated
# arrays as it stands; docs/guides/disaster-failover.md goes through a whole disaster with it.
terraform {
  required_version = ">= 1.14"
  required_providers {
    xivds8k = {
      source = "xivds8k/xivds8k"
    }
  }
}

variable "family" {
  type    = string
  default = "xiv"
}

variable "mode" {
  type    = string
  default = "sync" # or async; on a DS8000 metro_mirror or global_copy
}

variable "rpo_seconds" {
  type    = number
  default = null # with async
}

variable "when_unreachable" {
  type    = string
  default = "error" # "keep" on the day of a disaster
}

variable "size_gib" {
  type    = number
  default = 17
}

# Written by `terraform output -json runbook > runbook.auto.tfvars.json`, and kept where it can be had without any array.
variable "replication_ids" {
  type    = list(string)
  default = []
}

variable "io_stopped" {
  type    = bool
  default = false # true when the hosts that are logged in are known not to write
}

locals {
  pool = { xiv = "pool1", ds8k = "P0" }[var.family]
}

provider "xivds8k" {
  family           = var.family
  simulator        = {} # endpoints, username, ca_file of the first site's array instead
  when_unreachable = var.when_unreachable

  replication_target = {
    pool = local.pool # endpoints, username, ca_file of the second site's array
  }
}

provider "xivds8k" {
  alias            = "remote"
  family           = var.family
  simulator        = { array = "${var.family}2" } # endpoints, username, ca_file of the second site's array instead
  when_unreachable = var.when_unreachable
}

module "db" {
  source = "../../modules/replicated_volumes"
  providers = {
    xivds8k        = xivds8k
    xivds8k.remote = xivds8k.remote
  }

  name = "db"
  wwpns = {
    home   = ["10:00:00:00:c9:12:a4:f0"]
    remote = ["10:00:00:00:c9:12:a4:f1"]
  }
  type        = { xiv = null, ds8k = "LinuxRHEL" }[var.family]
  pool        = local.pool
  remote_pool = local.pool
  mode        = var.mode
  rpo_seconds = var.rpo_seconds
  volumes = {
    data = { size_gib = var.size_gib }
    log  = { size_gib = 17 }
  }
  deletion_protection = false # to try things out; leave it out for volumes that matter
}

data "xivds8k_replication" "data" {
  count = var.when_unreachable == "keep" ? 0 : 1 # a data source fails while it cannot be read

  id               = module.db.replication_ids["data"]
  remote_volume_id = module.db.remote_volume_ids["data"] # while home is dead an XIV knows the copy by this only
}

check "protected" {
  assert {
    condition     = var.when_unreachable != "keep"
    error_message = "With when_unreachable = keep it is not looked at whether the database has a copy in step."
  }
  assert {
    condition     = alltrue([for replication in data.xivds8k_replication.data : contains([1, 4], replication.row)])
    error_message = "The database is not protected by a copy in step: see terraform-provider-xivds8k replication status."
  }
}

output "runbook" {
  value = { replication_ids = values(module.db.runbook_ids) }
}

action "xivds8k_replication_failover" "look" {
  config {
    operation           = "failover"
    replication_ids     = var.replication_ids
    accept_inconsistent = var.mode == "global_copy" ? true : null
    dry_run             = true
  }
}

action "xivds8k_replication_failover" "look_switch" {
  config {
    operation       = "switch"
    replication_ids = var.replication_ids
    io_stopped      = var.io_stopped
    dry_run         = true
  }
}

action "xivds8k_replication_failover" "switch" {
  config {
    operation       = "switch"
    replication_ids = var.replication_ids
    io_stopped      = var.io_stopped
  }
}

action "xivds8k_replication_failover" "switch_back" {
  config {
    operation       = "switch"
    to              = "home"
    replication_ids = var.replication_ids
    io_stopped      = var.io_stopped
  }
}

action "xivds8k_replication_failover" "failover" {
  config {
    operation           = "failover"
    replication_ids     = var.replication_ids
    accept_inconsistent = var.mode == "global_copy" ? true : null
  }
}

# The same the other way round: the remote array is lost while it serves.
action "xivds8k_replication_failover" "look_home" {
  config {
    operation           = "failover"
    to                  = "home"
    replication_ids     = var.replication_ids
    accept_inconsistent = var.mode == "global_copy" ? true : null
    dry_run             = true
  }
}

action "xivds8k_replication_failover" "failover_home" {
  config {
    operation           = "failover"
    to                  = "home"
    replication_ids     = var.replication_ids
    accept_inconsistent = var.mode == "global_copy" ? true : null
  }
}

action "xivds8k_replication_failover" "resync" {
  config {
    operation                = "resync"
    replication_ids          = var.replication_ids
    authoritative_backend_id = "remote"
    io_stopped               = var.io_stopped
  }
}

action "xivds8k_replication_failover" "failback" {
  config {
    operation       = "failback"
    replication_ids = var.replication_ids
    io_stopped      = var.io_stopped
  }
}
