variable "size_gib" {
  type    = number
  default = 1.5
}

# 1610612736, for `size_bytes` of a volume where the size is no whole number of GiB
output "size_bytes" {
  value = provider::xivds8k::gib_to_bytes(var.size_gib)
}
