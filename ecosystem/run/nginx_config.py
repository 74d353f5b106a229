"""The development configuration of nginx: the shipped site, with this start's ports and folders filled in."""

import getpass
import os
import re
from collections.abc import Mapping
from pathlib import Path

from ecosystem.embedded.ports import LOOPBACK
from ecosystem.run.folders import Folders
from ecosystem.run.plan import Plan

_PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)\}")


def write_development_config(plan: Plan, folders: Folders) -> Path:
    """Return the path of the written configuration; the site's own files are linked beside it."""
    shipped = folders.checkout / "ecosystem" / "nginx"
    (folders.nginx / "temporary").mkdir(parents=True, exist_ok=True)
    _link(folders.nginx / "minimall", shipped)
    template = (shipped / "development.conf.template").read_text(encoding="utf-8")
    config = folders.nginx / "nginx.conf"
    config.write_text(fill_in(template, _values(plan, folders)), encoding="utf-8")
    return config


def fill_in(template: str, values: Mapping[str, str]) -> str:
    """Return the template with each `${NAME}` replaced, as the nginx image's envsubst does; `$name` is nginx's own."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template)


def _values(plan: Plan, folders: Folders) -> dict[str, str]:
    return {
        # Started by root, nginx would drop to an account that may not read the checkout.
        "USER_LINE": f"user {getpass.getuser()};" if os.geteuid() == 0 else "",
        "PORT": str(plan.port),
        "MINIMALL_WEB": f"{LOOPBACK}:{plan.web_port}",
        "MINIMALL_MEDIA": str(folders.media),
    }


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target, target_is_directory=True)
