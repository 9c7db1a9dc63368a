# Volumes that belong together: made empty or out of snapshots, in a group of their own.
terraform {
  required_version = ">= 1.5"
  required_providers {
    xivds8k = {
      source = "xivds8k/xivds8k"
    }
  }
}

variable "name" {
  type        = string
  description = "Name of the group; each volume is called NAME_KEY."
}

variable "pool" {
  type        = string
  description = "Pool of the volumes, and on an XIV of the group."
}

variable "pool_of_group" {
  type        = bool
  default     = true
  description = "Whether the array's groups are in a pool: true for an XIV, false for a DS8000."
}

variable "volumes" {
  type = map(object({
    size_gib           = number
    source_snapshot_id = optional(string)
  }))
  description = "The volumes by key. What is made out of a snapshot is at least as large as it."
}

variable "deletion_protection" {
  type        = bool
  default     = true
  description = "Whether Terraform refuses to destroy the volumes."
}

resource "xivds8k_volume" "it" {
  for_each = var.volumes

  name                = "${var.name}_${each.key}"
  pool                = var.pool
  size_gib            = each.value.size_gib
  source_snapshot_id  = each.value.source_snapshot_id
  deletion_protection = var.deletion_protection
}

resource "xivds8k_consistency_group" "it" {
  name = var.name
  pool = var.pool_of_group ? var.pool : null
}

resource "xivds8k_consistency_group_member" "it" {
  for_each = xivds8k_volume.it

  consistency_group_id = xivds8k_consistency_group.it.id
  volume_id            = each.value.id
}

output "id" {
  value       = xivds8k_consistency_group.it.id
  description = "Id of the group."
}

output "volume_ids" {
  value       = { for key, member in xivds8k_consistency_group_member.it : key => member.volume_id }
  description = "Ids of the volumes by key, once they are in the group."
}
