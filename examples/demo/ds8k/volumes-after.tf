locals {
  volumes = {
    data    = { name = "demo_database", pool = local.pools[1], size_gib = 48 } # renamed, moved and grown
    log     = { name = "demo_log", pool = local.pools[0], size_gib = 32 }      # grown
    scratch = { name = "demo_temp", pool = local.pools[0], size_gib = 16 }     # renamed
  }
}
