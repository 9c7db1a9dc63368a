locals {
  volumes = {
    data    = { name = "demo-database", pool = "XIV_POOL_B", size_gib = 48 } # renamed, moved and grown
    log     = { name = "demo-log", pool = "XIV_POOL_A", size_gib = 32 }      # grown
    scratch = { name = "demo-temp", pool = "XIV_POOL_A", size_gib = 16 }     # renamed
  }
}
