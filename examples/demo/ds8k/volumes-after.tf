locals {
  volumes = {
    data    = { name = "demo-database", pool = "P2", size_gib = 48 } # renamed, moved and grown
    log     = { name = "demo-log", pool = "P0", size_gib = 32 }      # grown
    scratch = { name = "demo-temp", pool = "P0", size_gib = 16 }     # renamed
  }
}
