"""Blueprints that only staff may call."""
