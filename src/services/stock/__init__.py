"""Stock: counters, the ledger of their moves, and what staff do with them."""
