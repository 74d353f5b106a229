"""The servers of the shop: how each is started and when it is ready."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from ecosystem.embedded.mongod import mongod_process
from ecosystem.embedded.nginx import check_config, nginx_process
from ecosystem.embedded.process import ChildProcess
from ecosystem.embedded.valkey import valkey_process
from ecosystem.run.folders import Folders
from ecosystem.run.nginx_config import write_development_config
from ecosystem.run.plan import Plan

Environment = Mapping[str, str]


def mongod(plan: Plan, folders: Folders) -> ChildProcess:
    """Return MongoDB over the checkout's data."""
    return mongod_process(folders.mongodb, port=plan.mongod_port, log=folders.log("mongod"))


def valkey(plan: Plan, folders: Folders) -> ChildProcess:
    """Return Valkey; it keeps nothing across starts."""
    return valkey_process(folders.valkey, port=plan.valkey_port, log=folders.log("valkey"))


def sandbox(plan: Plan, folders: Folders) -> ChildProcess:
    """Return the stand-in for WeChat; its keys and users are kept."""
    ports = ["--port", str(plan.sandbox_port), "--standby-port", str(plan.standby_port)]
    command = [sys.executable, "-m", "ecosystem.sandbox", *ports, "--data", str(folders.sandbox)]
    return ChildProcess(name="sandbox", command=command, log=folders.log("sandbox"))


def gunicorn(folders: Folders, environment: Environment, *options: str) -> ChildProcess:
    """Return the application server, configured by the environment like in production; `options` win over that."""
    config = folders.checkout / "ecosystem" / "gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", "-c", str(config), *options, "wsgi:app"]
    return ChildProcess(name="gunicorn", command=command, log=folders.log("gunicorn"), environment=environment)


def celery_command(program: str, *, application: str = "src.worker") -> list[str]:
    """Return the arguments of Python that run Celery's `program`: worker or beat."""
    options = {"worker": ["--without-gossip", "--without-mingle", "--without-heartbeat"], "beat": ["--pidfile="]}
    return ["-m", "celery", "--quiet", "-A", application, program, *options[program]]


def celery(program: str, folders: Folders, environment: Environment) -> ChildProcess:
    """Return Celery's worker, which runs jobs, or its beat, which asks for scheduled work."""
    command = [sys.executable, *celery_command(program)]
    return ChildProcess(name=program, command=command, log=folders.log(program), environment=environment)


def nginx(program: Path, plan: Plan, folders: Folders) -> ChildProcess:
    """Return nginx on the public port, its configuration written and checked.

    Raises:
        EngineError: nginx refuses the configuration.
    """
    config = write_development_config(plan, folders)
    check_config(program, config, folder=folders.nginx)
    return nginx_process(program, config, folder=folders.nginx, log=folders.log("nginx"))


def flask_commands(
    name: str, folders: Folders, environment: Environment, commands: Sequence[Sequence[str]]
) -> ChildProcess:
    """Return one process that runs the flask `commands` one after the other."""
    command = [sys.executable, "-m", "ecosystem.run.commands", json.dumps(commands)]
    return ChildProcess(name=name, command=command, log=folders.log(name), environment=environment)


def answers(url: str) -> bool:
    """Tell whether `url` is served: any answer below 500 counts."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
