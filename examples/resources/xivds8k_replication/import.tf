# By the id of home's volume, or on an XIV by the name of home's consistency group. Both arrays have to answer.
import {
  to = xivds8k_replication.ledger
  id = "0A01"
}
