"""Stores: their identity, secrets and times."""
