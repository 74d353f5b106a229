"""Why `make run` ends."""


class RunError(Exception):
    """The shop cannot be started or went down; the text is one line that says what to do."""


class StopRequested(BaseException):
    """Someone asked for the end: Ctrl-C, SIGTERM or a closed terminal."""
