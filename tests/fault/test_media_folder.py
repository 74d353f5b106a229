"""A picture in the folder is there after a crash of the machine once it was said to be kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from src.services.media.folder_store import FolderStore
from src.services.media.local_forms import LocalForms
from tests.factories.clock import MovableClock

KEY = "66f0a1b2c3d4e5f60718293a/9f/a.png"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is made durable, in its order: files and folders by the ends of their paths, and the rename between."""
    done: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    def noted_rename(self: Path, target: Path) -> Path:
        done.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_rename)
    return done


@pytest.fixture
def store(tmp_path: Path, clock: MovableClock) -> FolderStore:
    folder = tmp_path / "media"
    folder.mkdir()
    return FolderStore(folder, forms=LocalForms(public_url="", keys={"k": b"k"}, clock=clock))


def test_the_name_of_a_picture_is_as_durable_as_its_bytes(store: FolderStore, steps: list[str]) -> None:
    store.put(KEY, b"1", "image/png")
    part = "66f0a1b2c3d4e5f60718293a_9f_a.png.part"
    assert steps == ["66f0a1b2c3d4e5f60718293a", "media", part, "rename", "9f"]
    assert store.get(KEY, most=10) == b"1"


def test_folders_that_are_there_are_not_made_durable_again(store: FolderStore, steps: list[str]) -> None:
    store.put(KEY, b"1", "image/png")
    steps.clear()
    store.put(KEY.replace("a.png", "b.png"), b"2", "image/png")
    assert [step for step in steps if not step.endswith(".part")] == ["rename", "9f"]
