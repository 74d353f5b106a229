"""Objects as files below one folder, which nginx serves."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from src.services.media.local_forms import LocalForms
from src.services.media.object_store import INCOMING, ObjectMissing, StorageDown, UploadForm

log = structlog.get_logger(__name__)


class FolderStore:
    """A file per object. What is not public lies in a folder whose name begins with a dot, which nobody serves."""

    def __init__(self, folder: Path, *, forms: LocalForms) -> None:
        self._folder = folder.absolute()
        self._forms = forms

    def put(self, key: str, content: bytes, content_type: str) -> None:
        part, path = self._part(key), self._folder / key
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            _make_folders(path.parent)
            _write(part, content)
            part.replace(path)
            _keep_entries(path.parent)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise _down(error) from error

    def get(self, key: str, *, most: int) -> bytes:
        try:
            with (self._folder / key).open("rb") as file:
                return file.read(most + 1)
        except FileNotFoundError:
            raise ObjectMissing from None
        except OSError as error:
            raise _down(error) from error

    def delete(self, keys: Sequence[str]) -> None:
        try:
            for key in keys:
                (self._folder / key).unlink(missing_ok=True)
                self._part(key).unlink(missing_ok=True)
        except OSError as error:
            raise _down(error) from error

    def form(self, key: str, content_type: str, *, most: int) -> UploadForm:
        return self._forms.make(key, content_type, most=most)

    def _part(self, key: str) -> Path:
        """Returns where the object is while it is written: of the object's name, so that it is deleted with it."""
        return self._folder / INCOMING / f"{key.replace('/', '_')}.part"


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_folders(folder: Path) -> None:
    """Afterwards the folder is there, also after a crash."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        _keep_entries(made.parent)


def _keep_entries(folder: Path) -> None:
    """Has what was made or renamed in the folder survive a crash, as fsync of a file does for its content."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _down(error: OSError) -> StorageDown:
    log.error("media_folder_unusable", reason=error.strerror)
    return StorageDown(str(error.strerror), nothing_happened=True)
