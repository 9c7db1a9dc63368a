# An XIV's by "name:NAME", a DS8000's by its relations, SOURCE:TARGET joined by commas.
import {
  to = xivds8k_consistency_group_snapshot.database
  id = "name:db01-monday"
}

import {
  to = xivds8k_consistency_group_snapshot.mail
  id = "2000:2010,2001:2011"
}
