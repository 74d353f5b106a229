"""Products and brands: what shoppers see, and what staff write."""
