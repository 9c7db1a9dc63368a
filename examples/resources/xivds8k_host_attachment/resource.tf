# On a DS8000: two volumes for one host, each under the lowest free LUN.
resource "xivds8k_host" "esx01" {
  provider = xivds8k.ds8k

  name  = "esx01"
  type  = "VMWare"
  wwpns = ["21:00:00:e0:8b:10:a9:5c"]
}

resource "xivds8k_volume" "datastore" {
  provider = xivds8k.ds8k
  for_each = toset(["ds01", "ds02"])

  name     = each.key
  pool     = "P0"
  size_gib = 100

  deletion_protection = false # to try things out; leave it out for volumes that matter
}

resource "xivds8k_host_attachment" "datastore" {
  provider = xivds8k.ds8k
  for_each = xivds8k_volume.datastore

  volume_id = each.value.id
  host_id   = xivds8k_host.esx01.id

  timeouts = {
    create = "5m"
    read   = "2m"
    update = "5m"
    delete = "5m"
  }
}

# On an XIV: a volume for all hosts of a cluster, under a LUN of one's own choice.
resource "xivds8k_host" "db" {
  provider = xivds8k.xiv
  for_each = { db01 = "10000000c912a4f0", db02 = "10000000c912a4f1" }

  name    = each.key
  wwpns   = [each.value]
  cluster = "db"
}

resource "xivds8k_volume" "shared" {
  provider = xivds8k.xiv

  name     = "db-shared"
  pool     = "pool1"
  size_gib = 128

  deletion_protection = false
}

resource "xivds8k_host_attachment" "shared" {
  provider = xivds8k.xiv

  volume_id = xivds8k_volume.shared.id
  cluster   = "db"
  lun       = 10
  side      = "home"

  depends_on = [xivds8k_host.db] # they make the cluster
}

# A host somebody else manages, known by its ports alone: the host that owns all of them.
resource "xivds8k_host" "app" {
  provider = xivds8k.xiv

  name = "app01"
  iqns = ["iqn.1994-05.com.redhat:app01"]
}

resource "xivds8k_volume" "app" {
  provider = xivds8k.xiv

  name     = "app01-data"
  pool     = "pool1"
  size_gib = 16

  deletion_protection = false
}

resource "xivds8k_host_attachment" "app" {
  provider = xivds8k.xiv

  volume_id = xivds8k_volume.app.id
  connector = {
    iqn   = "iqn.1994-05.com.redhat:app01"
    wwpns = []
  }

  depends_on = [xivds8k_host.app]
}

output "how_to_reach" {
  value = {
    wwpns   = xivds8k_host_attachment.shared.target_wwpns
    portals = xivds8k_host_attachment.app.target_portals
    iqn     = xivds8k_host_attachment.app.target_iqn
    devices = [for attachment in xivds8k_host_attachment.datastore : attachment.device_path]
    luns    = { for key, attachment in xivds8k_host_attachment.datastore : key => attachment.lun }
  }
}
