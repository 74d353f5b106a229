"""MongoDB, Valkey and nginx from Python wheels, run as child processes by `make run` and by the tests."""
