"""Those who work for a store, and the programs that work for them."""
