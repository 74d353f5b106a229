"""The libcurl that mongod is linked with; a minimal Debian has none, the `pycurl` wheel carries one."""

import ctypes.util
import importlib.util
import os
from pathlib import Path

from ecosystem.embedded.errors import EngineMissing

LIBRARY = "libcurl.so.4"


def environment_with_libcurl(folder: Path) -> dict[str, str] | None:
    """Return the environment in which mongod finds libcurl; None when that of this process is good.

    Args:
        folder: where a link to the wheel's library may be made.

    Raises:
        EngineMissing: neither the system nor a wheel has the library.
    """
    if ctypes.util.find_library("curl") == LIBRARY:
        return None
    bundled = _bundled_library()
    link = folder / LIBRARY
    link.unlink(missing_ok=True)
    link.symlink_to(bundled)
    return {**os.environ, "LD_LIBRARY_PATH": f"{folder}:{bundled.parent}"}


def _bundled_library() -> Path:
    package = importlib.util.find_spec("pycurl")
    site_packages = Path(package.origin).parent.parent if package and package.origin else None
    libraries = sorted(site_packages.glob("pycurl.libs/libcurl-*.so.4*")) if site_packages else []
    if not libraries:
        raise EngineMissing("mongod needs libcurl: apt install libcurl4, or set MONGODB_URI to a replica set's URI")
    return libraries[0]
