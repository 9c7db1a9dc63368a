list "xivds8k_volume" "all" {
  provider = xivds8k
}
