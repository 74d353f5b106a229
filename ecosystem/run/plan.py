"""What one start uses: ports and addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecosystem.embedded.mongod import mongod_uri
from ecosystem.embedded.nginx import find_nginx
from ecosystem.embedded.ports import LOOPBACK, free_ports, is_free
from ecosystem.embedded.valkey import valkey_url
from ecosystem.run.errors import RunError

DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Plan:
    """The choices of one start. Ports inside the shop are free ones, so that checkouts run side by side.

    Attributes:
        mongodb_uri: of the embedded server, or what MONGODB_URI names.
        redis_url: of the embedded server, or what REDIS_URL names.
        nginx: the program in front of gunicorn; None when gunicorn takes the public port itself.
    """

    port: int
    web_port: int
    sandbox_port: int
    standby_port: int
    mongod_port: int
    valkey_port: int
    mongodb_uri: str
    redis_url: str
    embeds_mongod: bool
    embeds_valkey: bool
    nginx: Path | None

    @property
    def api(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def web(self) -> str:
        return f"http://{LOOPBACK}:{self.web_port}"

    @property
    def sandbox(self) -> str:
        return f"http://{LOOPBACK}:{self.sandbox_port}"

    @property
    def standby(self) -> str:
        """The second host of the sandbox's WeChat Pay."""
        return f"http://{LOOPBACK}:{self.standby_port}"


def make_plan(environ: Mapping[str, str]) -> Plan:
    """Return the plan that `environ` (PORT, MONGODB_URI, REDIS_URL) asks for.

    Raises:
        RunError: PORT is no port.
    """
    port = _public_port(environ.get("PORT", ""))
    web, another, standby, mongod, valkey = free_ports(5)
    nginx = find_nginx()
    mongodb_uri, redis_url = environ.get("MONGODB_URI", ""), environ.get("REDIS_URL", "")
    return Plan(
        port=port,
        web_port=web if nginx else port,
        # The same with each start, if it can be: mini-programs under development name it.
        sandbox_port=port + 1 if is_free(port + 1) else another,
        standby_port=standby,
        mongod_port=mongod,
        valkey_port=valkey,
        mongodb_uri=mongodb_uri or mongod_uri(mongod),
        redis_url=redis_url or valkey_url(valkey),
        embeds_mongod=not mongodb_uri,
        embeds_valkey=not redis_url,
        nginx=nginx,
    )


def _public_port(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not text.isascii() or not text.isdigit() or len(text) > 5 or not 0 < int(text) < 65536:
        raise RunError(f"PORT={text} is not a port: take a number from 1024 to 65535")
    return int(text)
