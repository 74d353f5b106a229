"""Serve the whole shop until Ctrl-C: `python -m ecosystem.run`, configured by PORT, MONGODB_URI and REDIS_URL."""

import os
import sys
import time
from pathlib import Path

from ecosystem.embedded.errors import EngineError
from ecosystem.run.announcement import announce
from ecosystem.run.errors import RunError, StopRequested
from ecosystem.run.folders import Folders, locked
from ecosystem.run.plan import make_plan
from ecosystem.run.progress import say
from ecosystem.run.stack import running_stack
from ecosystem.run.startup import Startup
from ecosystem.run.stop_signals import stop_on_signals, stop_with_parent
from ecosystem.run.watch import keep_serving


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 when someone asked for the end, 1 when the shop failed."""
    try:
        stop_on_signals()
        if "--stop-with-parent" in arguments:
            stop_with_parent()
        serve(Folders(Path.cwd()))
    except StopRequested:
        say("minimall: stopped")
        return 0
    except (RunError, EngineError) as error:
        return complain(str(error))
    except OSError as error:
        return complain(f"cannot use {error.filename} ({error.strerror}): make it writable for this user")
    return 0


def complain(reason: str) -> int:
    """Say on one line why the shop is not running and return the exit code."""
    print(f"minimall: {reason}", file=sys.stderr, flush=True)
    return 1


def serve(folders: Folders) -> None:
    """Serve until something ends it; afterwards no process is left, and no run.json.

    Raises:
        RunError, EngineError: the shop could not be started, or one of its servers died.
        StopRequested: someone asked for the end.
    """
    started = time.monotonic()
    with locked(folders):
        plan = make_plan(os.environ)
        say(f"minimall: starting on {plan.api}, everything it writes is in {folders.data}")
        with running_stack() as stack:
            startup = Startup.on_checked_ground(plan, folders, stack)
            startup.run()
            try:
                announce(startup, time.monotonic() - started)
                keep_serving(stack)
            finally:
                folders.run_file.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
