"""Files of what a store has, for its staff."""
