# "iqn.1991-05.com.microsoft:db01"
output "iqn" {
  value = provider::xivds8k::normalize_iqn("iqn.1991-05.com.microsoft:DB01")
}
