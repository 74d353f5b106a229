"""Clients of the WeChat and WeChat Pay server APIs."""
