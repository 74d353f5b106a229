"""Use cases; no HTTP and no database driver in here."""
