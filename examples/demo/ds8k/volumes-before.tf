locals {
  volumes = {
    data    = { name = "demo-data", pool = "P0", size_gib = 32 }
    log     = { name = "demo-log", pool = "P0", size_gib = 16 }
    scratch = { name = "demo-scratch", pool = "P0", size_gib = 16 }
  }
}
