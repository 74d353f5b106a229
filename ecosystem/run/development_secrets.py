"""The secrets of a checkout: made at its first start, kept in `.data`, refused by a production server."""

import base64
import secrets
from dataclasses import asdict, dataclass

from config.settings import DEVELOPMENT_KEY_PREFIX, SECRET_BYTES
from ecosystem.run.folders import Folders, read_json, write_private_json


@dataclass(frozen=True)
class DevelopmentSecrets:
    """What the application needs to know and nobody else may."""

    jwt_keys: str
    encryption_keys: str
    staff_password: str


def ensure_secrets(folders: Folders) -> DevelopmentSecrets:
    """Return the checkout's secrets, made when it has none yet."""
    path = folders.data / "secrets.json"
    stored = read_json(path)
    if not stored:
        stored = asdict(DevelopmentSecrets(_key_ring(), _key_ring(), secrets.token_urlsafe(12)))
        write_private_json(path, stored)
    return DevelopmentSecrets(**stored)


def _key_ring() -> str:
    key = base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return f"{DEVELOPMENT_KEY_PREFIX}1:{key}"
