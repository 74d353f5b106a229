"""The categories of a store: read, changed, and kept in line with its products."""
