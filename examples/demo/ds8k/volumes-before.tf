locals {
  volumes = {
    data    = { name = "demo_data", pool = local.pools[0], size_gib = 32 }
    log     = { name = "demo_log", pool = local.pools[0], size_gib = 16 }
    scratch = { name = "demo_scratch", pool = local.pools[0], size_gib = 16 }
  }
}
