"""MongoDB documents: fields, indexes and atomic operations."""
