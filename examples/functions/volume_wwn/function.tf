# The WWN of a volume known by its id: "6005076306ffd65a0000000000000a01"
output "wwn" {
  value = provider::xivds8k::volume_wwn("5005076306FFD65A", "0A01")
}
