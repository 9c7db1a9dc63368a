# Volumes that are replicated to a second array and attached on both sides, so that their host can be started there. The
# second host, or the same host's second path, is an object of the second array: it is made by that array's provider.
terraform {
  required_version = ">= 1.5"
  required_providers {
    xivds8k = {
      source                = "xivds8k/xivds8k"
      configuration_aliases = [xivds8k.remote]
    }
  }
}

variable "name" {
  type        = string
  description = "Name of the host on both arrays; each volume is called NAME_KEY."
}

variable "wwpns" {
  type        = object({ home = set(string), remote = set(string) })
  description = "WWPNs of the ports that see each array."
}

variable "type" {
  type        = string
  default     = null
  description = "Type of the host, as the arrays know it."
}

variable "pool" {
  type        = string
  description = "Pool of the volumes."
}

variable "remote_pool" {
  type        = string
  description = "Pool of their copies on the other array."
}

variable "mode" {
  type        = string
  description = "sync or async on an XIV, metro_mirror or global_copy on a DS8000."
}

variable "rpo_seconds" {
  type        = number
  default     = null
  description = "With async: how old the copy may become."
}

variable "volumes" {
  type        = map(object({ size_gib = number }))
  description = "The volumes by key."
}

variable "deletion_protection" {
  type        = bool
  default     = true
  description = "Whether Terraform refuses to destroy the volumes. Where it does not, their copies go with them."
}

variable "allow_full_resync" {
  type        = bool
  default     = null
  description = "Whether a DS8000 may take a pair apart and copy it anew in full where a volume cannot grow without."
}

resource "xivds8k_volume" "this" {
  for_each = var.volumes

  name     = "${var.name}_${each.key}"
  pool     = var.pool
  size_gib = each.value.size_gib

  deletion_protection = var.deletion_protection
  allow_full_resync   = var.allow_full_resync
}

resource "xivds8k_replication" "this" {
  for_each = var.volumes

  volume_id     = xivds8k_volume.this[each.key].id
  mode          = var.mode
  rpo_seconds   = var.rpo_seconds
  remote_pool   = var.remote_pool
  wait_for_sync = true

  # A volume that is replaced has its pair replaced, too: a copy that stayed would keep the name the new one needs.
  remote_on_delete = var.deletion_protection ? "keep" : "delete"

  # A destroy ends the pair, or is refused, before home's hosts lose their volumes.
  depends_on = [xivds8k_host_attachment.home]

  lifecycle {
    replace_triggered_by = [xivds8k_volume.this[each.key].id]
  }
}

resource "xivds8k_host" "home" {
  name  = var.name
  type  = var.type
  wwpns = var.wwpns.home
}

resource "xivds8k_host" "remote" {
  provider = xivds8k.remote

  name  = var.name
  type  = var.type
  wwpns = var.wwpns.remote
}

resource "xivds8k_host_attachment" "home" {
  for_each = var.volumes

  volume_id = xivds8k_volume.this[each.key].id
  host_id   = xivds8k_host.home.id

  lifecycle {
    replace_triggered_by = [xivds8k_volume.this[each.key].id]
  }
}

resource "xivds8k_host_attachment" "remote" {
  for_each = var.volumes

  side      = "remote"
  volume_id = xivds8k_replication.this[each.key].remote_volume_id
  host_id   = xivds8k_host.remote.id

  lifecycle {
    replace_triggered_by = [xivds8k_replication.this[each.key].remote_volume_id]
  }
}

output "replication_ids" {
  value       = { for key, replication in xivds8k_replication.this : key => replication.id }
  description = "The replications by key; each has the id of its volume at home."
}

output "remote_volume_ids" {
  value       = { for key, replication in xivds8k_replication.this : key => replication.remote_volume_id }
  description = "Their copies by key: the ids by which a data source finds them while home does not answer."
}

output "runbook_ids" {
  value = {
    for key, attachment in xivds8k_host_attachment.remote : key => "${attachment.system_id}/${attachment.volume_id}"
  }
  description = "Their copies by key, as system_id/id: what a failover can name while home is dead."
}

output "device_paths" {
  value = {
    home   = { for key, attachment in xivds8k_host_attachment.home : key => attachment.device_path }
    remote = { for key, attachment in xivds8k_host_attachment.remote : key => attachment.device_path }
  }
  description = "Where a Linux host finds each volume on each side."
}
