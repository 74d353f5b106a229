"""`make run`: the whole shop on one machine, started, proved by one shopper's journey, watched and stopped."""
