# A host on a DS8000 has Fibre Channel ports only; its type decides how it sees LUNs.
resource "xivds8k_host" "esx01" {
  provider = xivds8k.ds8k

  name  = "esx01"
  type  = "VMWare"
  wwpns = ["21:00:00:e0:8b:10:a9:5c", "210000E08B10A95D"] # any spelling is the same port

  timeouts = {
    create = "5m"
    read   = "2m"
    update = "5m"
    delete = "5m"
  }
}

# The CHAP secret is neither in the plan nor in the state: hand it in from outside, as TF_VAR_chap_secret.
variable "chap_secret" {
  type      = string
  sensitive = true
  ephemeral = true
}

# On an XIV a host may have iSCSI names too, be in a cluster (made when there is none of the name), and use CHAP.
resource "xivds8k_host" "db01" {
  provider = xivds8k.xiv

  name    = "db01"
  type    = "default"
  wwpns   = ["10000000c912a4f0"]
  iqns    = ["iqn.1994-05.com.redhat:db01"]
  cluster = "db"

  chap_name           = "db01"
  chap_secret         = var.chap_secret
  chap_secret_version = 1 # raise it to send another secret
}

output "hosts" {
  value = {
    for host in [xivds8k_host.esx01, xivds8k_host.db01] : host.name => {
      id        = host.id
      type      = host.type
      system_id = host.system_id
    }
  }
}
