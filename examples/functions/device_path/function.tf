# What a host mounts, of a volume known by its WWN: "/dev/disk/by-id/scsi-36005076306ffd65a0000000000000a01"
output "device" {
  value = provider::xivds8k::device_path("naa.6005076306FFD65A0000000000000A01")
}
