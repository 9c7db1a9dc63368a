locals {
  volumes = {
    data    = { name = "demo-data", pool = local.pools[0], size_gib = 32 }
    log     = { name = "demo-log", pool = local.pools[0], size_gib = 16 }
    scratch = { name = "demo-scratch", pool = local.pools[0], size_gib = 16 }
  }
}
