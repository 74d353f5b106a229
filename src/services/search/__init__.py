"""Finding products: lists, facets, completions, and what shoppers search for."""
