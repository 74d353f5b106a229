"""What each endpoint was asked: how often, and the latest requests without their secrets."""

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ecosystem.sandbox.clock import rfc3339
from ecosystem.sandbox.messages import Request

KEPT = 20
QUERY_SECRET = re.compile(r"\b(secret|access_token)=[^&]*")
BODY_SECRET = re.compile(r'("secret"\s*:\s*")[^"]*')


@dataclass
class CallLog:
    """The calls of one endpoint."""

    count: int = 0
    last: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def record(self, request: Request, now: float) -> None:
        self.count += 1
        self.last.append(
            {
                "at": rfc3339(now),
                "method": request.method,
                "target": QUERY_SECRET.sub(r"\1=***", request.target),
                "body": BODY_SECRET.sub(r"\1***", request.body.decode("utf-8", "replace")),
            }
        )
