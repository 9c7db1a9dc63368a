# Members of the groups of an XIV; a DS8000 knows none.
list "xivds8k_consistency_group_member" "of_one_group" {
  provider = xivds8k.xiv

  config {
    consistency_group_id = "erp-group"
  }
}

list "xivds8k_consistency_group_member" "all" {
  provider = xivds8k.xiv
}
