"""Free and taken ports."""

import socket

import pytest

from ecosystem.embedded.errors import EngineError
from ecosystem.embedded.ports import free_ports, is_listening, require_free


def test_free_ports_differ_and_are_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        require_free(port, advice="")
        assert not is_listening(port)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_one_line_with_the_advice(address: str) -> None:
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        assert is_listening(port)
        with pytest.raises(EngineError) as failure:
            require_free(port, advice="take another one")
    assert str(failure.value) == f"port {port} cannot be used (Address already in use): take another one"
