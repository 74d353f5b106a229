"""The figures of a store: what is added up when a day is over, and what staff read of it."""
