"""The audit: what must be true of all documents together, checked at one instant."""
