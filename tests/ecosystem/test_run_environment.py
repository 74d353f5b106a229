"""What the processes of `make run` are told by their environment."""

from dataclasses import asdict, replace
from pathlib import Path

from ecosystem.run.development_secrets import DevelopmentSecrets
from ecosystem.run.environment import Addresses, server_environment, shop_environment
from ecosystem.run.folders import Folders
from ecosystem.run.plan import make_plan

SECRETS = DevelopmentSecrets("dev-1:jwt", "dev-1:encryption", "password")


def test_a_command_is_told_what_the_servers_are_told_but_where_they_count(tmp_path: Path) -> None:
    plan, folders = make_plan({}), Folders(tmp_path)
    servers = server_environment(plan, folders, SECRETS)
    told = {"pids": {}, **asdict(Addresses.of(plan))}
    command = shop_environment(Addresses.told_by(told), folders, SECRETS)
    assert {name for name, value in command.items() if servers[name] != value} == {"METRICS_DIR"}
    assert command["METRICS_DIR"] == ""


def test_servers_trust_the_nginx_that_is_there(tmp_path: Path) -> None:
    plan = make_plan({})
    trusted = [
        server_environment(replace(plan, nginx=nginx), Folders(tmp_path), SECRETS)["TRUSTED_PROXIES"]
        for nginx in (None, tmp_path / "nginx")
    ]
    assert trusted == ["0", "1"]
