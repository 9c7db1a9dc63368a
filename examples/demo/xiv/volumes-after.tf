locals {
  volumes = {
    data    = { name = "demo-database", pool = local.pools[1], size_gib = 48 } # renamed, moved and grown
    log     = { name = "demo-log", pool = local.pools[0], size_gib = 32 }      # grown
    scratch = { name = "demo-temp", pool = local.pools[0], size_gib = 16 }     # renamed
  }
}
