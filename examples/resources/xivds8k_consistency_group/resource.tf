# On an XIV a group is an object of the array, in one pool with its volumes.
resource "xivds8k_consistency_group" "erp" {
  provider = xivds8k.xiv

  name = "erp"
  pool = "pool1"

  timeouts = {
    create = "5m"
    read   = "2m"
    update = "5m"
    delete = "5m"
  }
}

# A DS8000 knows no groups: this one is kept in the state only, and has no pool.
resource "xivds8k_consistency_group" "archive" {
  provider = xivds8k.ds8k

  name = "archive"
}

output "groups" {
  value = {
    for group in [xivds8k_consistency_group.erp, xivds8k_consistency_group.archive] : group.name => {
      id        = group.id
      pool_id   = group.pool_id
      system_id = group.system_id
    }
  }
}
