"""The object graph of one process, feature by feature; src/services/registry.py puts it together."""
