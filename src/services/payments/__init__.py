"""Payments: starting, asking, settling, and comparing the books with WeChat."""
