locals {
  volumes = {
    data    = { name = "demo-data", pool = "XIV_POOL_A", size_gib = 32 }
    log     = { name = "demo-log", pool = "XIV_POOL_A", size_gib = 16 }
    scratch = { name = "demo-scratch", pool = "XIV_POOL_A", size_gib = 16 }
  }
}
