"""Several flask commands in one process: `python -m ecosystem.run.commands '[["indexes", "ensure"], …]'`.

Starting Python and importing the application costs a second; a start of the shop pays it once.
"""

import json
import sys
from collections.abc import Sequence

from flask.cli import ScriptInfo

from wsgi import app


def run(commands: Sequence[Sequence[str]]) -> None:
    """Run each command as `flask` would; the first that fails ends the process with its message and code."""
    for command in commands:
        try:
            app.cli.main(args=list(command), prog_name="flask", obj=ScriptInfo(create_app=lambda: app))
        except SystemExit as end:
            if end.code:
                raise


if __name__ == "__main__":
    run(json.loads(sys.argv[1]))
