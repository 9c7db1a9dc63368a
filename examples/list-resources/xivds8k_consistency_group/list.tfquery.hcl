# Groups of an XIV; a DS8000 knows none.
list "xivds8k_consistency_group" "of_a_pool" {
  provider         = xivds8k.xiv
  include_resource = true

  config {
    name_regex = "^erp"
    pool       = "pool1"
  }
}

list "xivds8k_consistency_group" "one" {
  provider = xivds8k.xiv

  config {
    name = "erp"
  }
}
