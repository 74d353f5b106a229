"""A closed loop of callers in a process of its own: `python -m ecosystem.bench.closed_loop URL CALLERS SECONDS`.

Each caller opens a connection per request, as nginx does, and asks again as soon as it has its answer. The report is
one JSON object. A closed loop hides queueing that callers at a fixed rate would see: use it to compare, not to promise.
"""

import http.client
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Results:
    """What all callers together saw."""

    milliseconds: list[float] = field(default_factory=list)
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def report(self, seconds: float) -> dict[str, float]:
        """Return the rate, the latencies that half and all but a hundredth stay below, and the failures."""
        times = sorted(self.milliseconds) or [0.0]
        return {
            "per_s": len(self.milliseconds) / seconds,
            "p50_ms": times[len(times) // 2],
            "p99_ms": times[len(times) * 99 // 100],
            "failures": self.failures,
            "generator_cpu": time.process_time() / seconds,
        }


def call_until(deadline: float, url: str, results: Results) -> None:
    """Ask for `url` again and again until the deadline."""
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}"
    while (started := time.monotonic()) < deadline:
        ok = _ask(parts.hostname or "", parts.port or 80, path)
        with results.lock:
            results.milliseconds.append((time.monotonic() - started) * 1000)
            results.failures += not ok


def _ask(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return answer.status == http.client.OK


def run(url: str, callers: int, seconds: float) -> dict[str, float]:
    """Return the report of `callers` that ask for `url` for so long."""
    results = Results()
    deadline = time.monotonic() + seconds
    threads = [threading.Thread(target=call_until, args=(deadline, url, results)) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results.report(seconds)


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
