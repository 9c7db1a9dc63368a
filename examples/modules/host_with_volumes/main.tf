# A host, its volumes, and each of them attached to it. To take a volume away, remove its key: it is detached first.
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
  description = "Name of the host; each volume is called NAME_KEY."
}

variable "type" {
  type        = string
  default     = null
  description = "Type of the host, as the array knows it."
}

variable "wwpns" {
  type        = set(string)
  description = "WWPNs of the host's ports."
}

variable "pool" {
  type        = string
  description = "Pool of the volumes."
}

variable "volumes" {
  type        = map(object({ size_gib = number, lun = optional(number) }))
  description = "The volumes by key; without a LUN each gets the lowest free one."
}

variable "deletion_protection" {
  type        = bool
  default     = true
  description = "Whether Terraform refuses to destroy the volumes."
}

resource "xivds8k_host" "this" {
  name  = var.name
  type  = var.type
  wwpns = var.wwpns
}

resource "xivds8k_volume" "this" {
  for_each = var.volumes

  name     = "${var.name}_${each.key}"
  pool     = var.pool
  size_gib = each.value.size_gib

  deletion_protection = var.deletion_protection
}

resource "xivds8k_host_attachment" "this" {
  for_each = var.volumes

  volume_id = xivds8k_volume.this[each.key].id
  host_id   = xivds8k_host.this.id
  lun       = each.value.lun

  lifecycle {
    replace_triggered_by = [xivds8k_volume.this[each.key].id] # a volume that is replaced is detached before
  }
}

output "host_id" {
  value       = xivds8k_host.this.id
  description = "The host's id on the array."
}

output "device_paths" {
  value       = { for key, attachment in xivds8k_host_attachment.this : key => attachment.device_path }
  description = "Where a Linux host finds each volume."
}

output "luns" {
  value       = { for key, attachment in xivds8k_host_attachment.this : key => attachment.lun }
  description = "The LUN of each volume."
}

output "target_wwpns" {
  value       = distinct(flatten([for attachment in xivds8k_host_attachment.this : attachment.target_wwpns]))
  description = "The array's ports, for zoning."
}
