"""minimall: the backend of a WeChat mini-program shop."""
