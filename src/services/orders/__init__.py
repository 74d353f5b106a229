"""Orders: placing, cancelling, shipping, repricing, and what staff do with them."""
