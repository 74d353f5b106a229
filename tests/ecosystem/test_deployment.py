"""The deployment files, as far as they can be checked without the engines that run them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecosystem.run.servers import celery_command

REPOSITORY = Path(__file__).resolve().parents[2]
ECOSYSTEM = REPOSITORY / "ecosystem"
UNITS = sorted((ECOSYSTEM / "systemd").iterdir())


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


def copied_into_image() -> list[str]:
    """Return what the last stage of the Dockerfile copies from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", (ECOSYSTEM / "Dockerfile").read_text(), re.MULTILINE)
    return [path for line in lines for path in line.split() if not path.startswith("requirements/")]


def image_of(folder: Path) -> Path:
    for path in copied_into_image():
        source, target = REPOSITORY / path, folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return folder


def production(tmp_path: Path) -> dict[str, str]:
    key = "1:" + "A" * 43 + "="
    return {
        "PATH": os.environ["PATH"],
        "MINIMALL_ENV": "production",
        "PUBLIC_URL": "https://shop.example.com",
        "MONGODB_URI": "mongodb://mongodb/?replicaSet=rs0",
        "REDIS_URL": "redis://redis/0",
        "JWT_KEYS": key,
        "ENCRYPTION_KEYS": key,
        "METRICS_DIR": str(tmp_path / "metrics"),
    }


def test_the_image_has_all_that_gunicorn_loads(tmp_path: Path) -> None:
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "ecosystem/gunicorn.conf.py", "--check-config", "wsgi:app"]
    checked = run(gunicorn, cwd=image_of(tmp_path), env=production(tmp_path))
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_image_has_all_that_celery_loads(tmp_path: Path) -> None:
    loads = (
        "from celery.beat import symbol_by_name; from src.worker import app; symbol_by_name(app.conf.beat_scheduler)"
    )
    checked = run([sys.executable, "-c", loads], cwd=image_of(tmp_path), env=production(tmp_path))
    assert (checked.returncode, checked.stderr) == (0, "")


def test_worker_and_beat_are_started_the_same_way_everywhere() -> None:
    """By systemd, in compose and by `make run`."""
    services = yaml.safe_load((ECOSYSTEM / "compose.yaml").read_text())["services"]
    for program in ("worker", "beat"):
        _, *command = celery_command(program)
        assert services[program]["command"] == command
        unit = (ECOSYSTEM / "systemd" / f"minimall-{program}.service").read_text()
        assert f"\nExecStart=/opt/minimall/.venv/bin/{' '.join(command)}\n" in unit


def test_all_who_count_share_one_folder() -> None:
    compose = yaml.safe_load((ECOSYSTEM / "compose.yaml").read_text())
    for name in ("web", "worker", "beat"):
        folder = compose["services"][name]["environment"]["METRICS_DIR"]
        assert f"metrics:{folder}" in compose["services"][name]["volumes"]
    for unit in UNITS:
        assert "\nRuntimeDirectory=minimall\n" in unit.read_text()
        assert "\nRuntimeDirectoryPreserve=yes\n" in unit.read_text()


def test_celery_says_which_folder_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "metrics").touch()
    refused = run([sys.executable, "-m", *celery_command("worker")[1:]], cwd=REPOSITORY, env=production(tmp_path))
    assert refused.returncode != 0
    assert "minimall: METRICS_DIR cannot be used: " in refused.stderr


def test_celery_names_every_wrong_variable_and_no_value() -> None:
    environment = {"PATH": os.environ["PATH"], "MINIMALL_ENV": "production", "JWT_KEYS": "dev-1:c2VjcmV0"}
    refused = run([sys.executable, "-m", *celery_command("worker")[1:]], cwd=REPOSITORY, env=environment)
    assert refused.returncode != 0
    for name in ("ENCRYPTION_KEYS", "JWT_KEYS", "MONGODB_URI", "PUBLIC_URL", "REDIS_URL"):
        assert f"  {name}: " in refused.stderr
    assert "c2VjcmV0" not in refused.stderr


def test_gunicorn_names_every_wrong_variable_at_once() -> None:
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "ecosystem/gunicorn.conf.py", "wsgi:app"]
    environment = {"PATH": os.environ["PATH"], "MINIMALL_ENV": "production", "JWT_KEYS": "dev-1:c2VjcmV0"}
    refused = run(gunicorn, cwd=REPOSITORY, env=environment)
    assert refused.returncode == 1
    for name in ("ENCRYPTION_KEYS", "JWT_KEYS", "MONGODB_URI", "PUBLIC_URL", "REDIS_URL"):
        assert f"  {name}: " in refused.stderr
    assert "c2VjcmV0" not in refused.stderr


def test_docker_sees_what_the_image_copies_and_nothing_else() -> None:
    admitted = {
        line.removeprefix("!") for line in (REPOSITORY / ".dockerignore").read_text().split() if line.startswith("!")
    }
    assert admitted == {*copied_into_image(), "requirements/base.txt"}


def test_the_compose_services_start_in_an_order_that_exists() -> None:
    services = yaml.safe_load((ECOSYSTEM / "compose.yaml").read_text())["services"]
    assert set(services) == {"nginx", "web", "indexes", "worker", "beat", "mongodb", "replica-set", "redis"}
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./") and source != "./certificates":
                assert (ECOSYSTEM / source).exists()


def test_compose_publishes_nothing_but_nginx() -> None:
    services = yaml.safe_load((ECOSYSTEM / "compose.yaml").read_text())["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]


def test_compose_fills_in_every_name_of_the_nginx_template() -> None:
    template = (ECOSYSTEM / "nginx" / "minimall.conf.template").read_text()
    services = yaml.safe_load((ECOSYSTEM / "compose.yaml").read_text())["services"]
    assert set(re.findall(r"\$\{(MINIMALL_\w+)\}", template)) <= set(services["nginx"]["environment"])


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    programs = tmp_path / "opt" / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("celery", "flask", "gunicorn"):
        (programs / name).symlink_to(sys.executable)
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/minimall", str(tmp_path / "opt")))
    command = ["systemd-analyze", "verify", *(str(tmp_path / unit.name) for unit in UNITS)]
    verified = run(command)
    assert (verified.returncode, verified.stderr) == (0, "")
