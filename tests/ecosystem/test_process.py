"""A child process: readiness, order at the end, and never outliving its parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ecosystem.embedded.errors import EngineError
from ecosystem.embedded.process import ChildProcess
from tests.ecosystem.processes import eventually, is_alive

STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""
PARENT = """
import sys, time
from pathlib import Path
from ecosystem.embedded.process import ChildProcess
child = ChildProcess(name="child", command=["sleep", "60"], log=Path(sys.argv[1]))
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""


def python(code: str, log: Path) -> ChildProcess:
    return ChildProcess(name="child", command=[sys.executable, "-c", code], log=log)


def test_one_that_ends_before_it_is_ready_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = python("import sys; print('no disk'); sys.exit(3)", tmp_path / "log")
    child.start()
    with pytest.raises(EngineError) as failure:
        child.wait_until(lambda: False, timeout_s=10)
    assert str(failure.value) == f"child ended with code 3: no disk (log: {tmp_path / 'log'})"


def test_one_that_never_gets_ready_is_reported_after_the_deadline(tmp_path: Path) -> None:
    child = ChildProcess(name="child", command=["sleep", "60"], log=tmp_path / "log")
    child.start()
    with pytest.raises(EngineError) as failure:
        child.wait_until(lambda: False, timeout_s=0.1)
    child.stop()
    assert str(failure.value) == f"child was not ready within 0.1 s: no output (log: {tmp_path / 'log'})"


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    child = ChildProcess(name="child", command=["/no/such/program"], log=tmp_path / "log")
    child.start()
    with pytest.raises(EngineError, match="/no/such/program: No such file or directory"):
        child.wait_until(lambda: False, timeout_s=10)


def test_one_that_was_never_started_can_be_stopped_but_not_asked(tmp_path: Path) -> None:
    child = ChildProcess(name="child", command=["true"], log=tmp_path / "log")
    child.stop()
    with pytest.raises(EngineError, match="child has not been started"):
        _ = child.pid


def test_stop_lets_it_end_in_good_order(tmp_path: Path) -> None:
    child = ChildProcess(name="child", command=["sleep", "60"], log=tmp_path / "log")
    child.start()
    child.stop()
    assert child.exit_code == -signal.SIGTERM


def test_stop_kills_the_one_that_does_not_listen(tmp_path: Path) -> None:
    child = python(STUBBORN, tmp_path / "log")
    child.start()
    child.wait_until(lambda: (tmp_path / "log").read_text() == "ready\n", timeout_s=10)
    child.stop(timeout_s=0.1)
    assert child.exit_code == -signal.SIGKILL


def test_stop_reaches_the_children_that_a_killed_server_left(tmp_path: Path) -> None:
    child = ChildProcess(name="child", command=["sh", "-c", "sleep 60 & echo $!; wait"], log=tmp_path / "log")
    child.start()
    child.wait_until(lambda: (tmp_path / "log").read_text().endswith("\n"), timeout_s=10)
    grandchild = int((tmp_path / "log").read_text())
    os.kill(child.pid, signal.SIGKILL)
    child.stop()
    assert eventually(lambda: not is_alive(grandchild), timeout_s=5)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's orphan signal is Linux's")
def test_a_parent_that_is_killed_takes_it_along(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    assert eventually(lambda: not is_alive(child), timeout_s=5)
