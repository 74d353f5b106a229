"""TCP ports on the loopback address."""

import socket

from ecosystem.embedded.errors import EngineError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a port nobody listens on; another process may still take it before the caller does."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def free_ports(count: int) -> list[int]:
    """Return `count` different free ports."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def is_free(port: int) -> bool:
    """Tell whether a server could listen on `port`."""
    try:
        require_free(port, advice="")
    except (EngineError, OverflowError):  # above 65535
        return False
    return True


def require_free(port: int, *, advice: str) -> None:
    """Return when a server could listen on `port`.

    Raises:
        EngineError: another process has the port, or this user may not have it; the message ends with `advice`.
    """
    with socket.socket() as probe:
        # Servers set it too: without it, connections of a server that just stopped would count as "taken".
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError as error:
            raise EngineError(f"port {port} cannot be used ({error.strerror}): {advice}") from None


def is_listening(port: int) -> bool:
    """Tell whether a server accepts connections on `port`."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False
