# The WWPNs of a host as its own tools, a switch and a spreadsheet spell them: one name, one key.
locals {
  pasted = ["21:00:00:e0:8b:10:a9:5c", "0x210000e08b10a95c", "2100-00E0-8B10-A95D"]
}

output "wwpns" {
  value = toset([for text in local.pasted : provider::xivds8k::normalize_wwpn(text)])
}
