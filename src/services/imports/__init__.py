"""Products and stock from files of a store's staff."""
