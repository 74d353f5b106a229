"""Start the sandbox: python -m ecosystem.sandbox --port PORT --data DIR."""

import argparse
import errno
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from ecosystem.sandbox.server import running_sandbox


def main() -> int:
    """Serve until SIGTERM or SIGINT; 0 after a clean end, 2 when it cannot start."""
    options = _options()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as running:
        try:
            serving = running_sandbox(
                options.data, host=options.host, port=options.port, standby_port=options.standby_port, log=_say
            )
            sandbox = running.enter_context(serving)
        except (OSError, ValueError, TypeError, OverflowError) as error:
            print(_reason(error, options), file=sys.stderr)
            return 2
        credentials = options.data / "credentials.json"
        _say(f"WeChat sandbox at {sandbox.url}, standby host at {sandbox.standby_url}, credentials in {credentials}")
        stop.wait()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ecosystem.sandbox", description="A stateful WeChat stand-in.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8700, help="port to listen on, 0 for a free one (%(default)s)")
    parser.add_argument("--standby-port", type=int, default=0, help="port of the standby host, 0 for a free one")
    parser.add_argument("--data", type=Path, default=Path(".data/sandbox"), help="where keys are kept (%(default)s)")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, flush=True)


def _reason(error: Exception, options: argparse.Namespace) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        option = "--port" if error.filename == f"port {options.port}" else "--standby-port"
        return f"sandbox: {error.filename} on {options.host} is taken; choose another one with {option}"
    if isinstance(error, OSError):
        return f"sandbox: cannot start: {error}"
    if isinstance(error, OverflowError):
        return f"sandbox: there is no port {max(options.port, options.standby_port)}"
    return f"sandbox: {options.data / 'accounts.json'} is damaged ({error}); remove it to make new accounts"


if __name__ == "__main__":
    sys.exit(main())
