"""The embedded Valkey."""

from pathlib import Path

import pytest
import redis

from ecosystem.embedded.errors import EngineMissing
from ecosystem.embedded.valkey import running_valkey
from tests.ecosystem.processes import is_alive


def test_it_answers_and_is_gone_afterwards() -> None:
    with running_valkey() as url, redis.Redis.from_url(url) as client:
        client.set("greeting", "你好")
        assert client.get("greeting") == "你好".encode()
        server = client.info("server")
        folder = Path(client.config_get("dir")["dir"])
        assert folder.is_dir()
    assert not is_alive(server["process_id"])
    assert not folder.exists()


def test_without_the_wheel_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineMissing) as failure, running_valkey():
        pytest.fail("there is no server to start")
    assert str(failure.value) == "no embedded Valkey for this platform: set REDIS_URL to a Redis or Valkey server"
