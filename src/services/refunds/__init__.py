"""Refunds: asked for, decided, paid back."""
