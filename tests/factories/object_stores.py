"""An object store with the S3 API, which checks signatures, expiry and the policies of forms."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ecosystem.embedded.ports import LOOPBACK, free_ports
from ecosystem.embedded.process import ChildProcess

BUCKET, ACCESS_KEY, SECRET_KEY = "minimall", "key-of-tests", "secret-of-tests"
_START_TIMEOUT_S = 60
_SERVERS = ("master", "volume", "filer", "s3")


@dataclass(frozen=True)
class Bucket:
    """A bucket at `endpoint`, looked at from outside."""

    endpoint: str

    @property
    def url(self) -> str:
        """Returns the STORAGE_URL of this bucket."""
        scheme, _, host = self.endpoint.partition("://")
        return f"s3+{scheme}://{ACCESS_KEY}:{SECRET_KEY}@{host}/{BUCKET}?addressing=path"

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=10),
        )

    def keys(self) -> list[str]:
        return sorted(entry["Key"] for entry in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", []))

    def read(self, key: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content

    def empty(self) -> None:
        """Deletes everything. A deletion that was answered may still be overtaken, so it is looked again."""
        while keys := self.keys():
            for key in keys:
                self.client.delete_object(Bucket=BUCKET, Key=key)


@contextmanager
def running_object_store(program: Path, folder: Path) -> Iterator[Bucket]:
    """Runs SeaweedFS with one empty bucket; afterwards no process is left."""
    ports = dict(zip([name for name in _SERVERS for name in (name, f"{name}.grpc")], free_ports(8), strict=True))
    process = _process(program, folder, ports)
    process.start()
    try:
        bucket = Bucket(f"http://{LOOPBACK}:{ports['s3']}")
        process.wait_until(lambda: _made(bucket), timeout_s=_START_TIMEOUT_S)
        yield bucket
    finally:
        process.stop()


def _process(program: Path, folder: Path, ports: dict[str, int]) -> ChildProcess:
    options: dict[str, str | Path] = {
        "-dir": folder,
        "-ip": LOOPBACK,
        "-ip.bind": LOOPBACK,
        "-master.volumeSizeLimitMB": "64",
        "-volume.max": "8",
        "-s3.config": _identities(folder),
    }
    for name in _SERVERS:
        options[f"-{name}.port"] = str(ports[name])
        options[f"-{name}.port.grpc"] = str(ports[f"{name}.grpc"])
    chosen = [f"{name}={value}" for name, value in options.items()]
    command = [program, "server", "-s3", "-filer", *chosen]
    return ChildProcess(name="seaweedfs", command=command, log=folder / "weed.log")


def _identities(folder: Path) -> Path:
    credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
    identity = {"name": "tests", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    return config


def object_store_program() -> Path | None:
    """Returns the program; None where its package has none for this machine."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    return Path(found) if found else None


def _made(bucket: Bucket) -> bool:
    try:
        bucket.client.create_bucket(Bucket=BUCKET)
    except (BotoCoreError, ClientError):
        return False
    return True
