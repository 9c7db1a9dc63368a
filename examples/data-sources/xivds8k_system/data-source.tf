data "xivds8k_system" "xiv" {
  provider = xivds8k.xiv
}

output "fibre_channel_ports" {
  value = [for port in data.xivds8k_system.xiv.ports : port.address if port.kind == "fc" && port.online]
}

# Fail in CI before the array is full.
check "room_left" {
  assert {
    condition = (
      data.xivds8k_system.xiv.free_bytes == null ? true :
      data.xivds8k_system.xiv.free_bytes > 0.1 * data.xivds8k_system.xiv.total_bytes
    )
    error_message = "Less than a tenth of ${data.xivds8k_system.xiv.name} is free."
  }
}
