"""What was submitted to content security, and how it was judged."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.sensitive_words import Judgement


@dataclass
class SecurityCheck:
    """One check; a picture or a sound has no judgement until it was looked at."""

    account: Account
    kind: str
    openid: str
    scene: int
    content: Mapping[str, Any]
    at: float
    judgement: Judgement | None = None
    trace_id: str = field(default_factory=lambda: "-".join(secrets.token_hex(4) for _ in range(3)))


class SecurityChecks:
    """Every check, by trace_id."""

    def __init__(self) -> None:
        self._checks: dict[str, SecurityCheck] = {}

    def add(self, check: SecurityCheck) -> SecurityCheck:
        self._checks[check.trace_id] = check
        return check

    def find(self, trace_id: str) -> SecurityCheck | None:
        return self._checks.get(trace_id)

    def all(self) -> list[SecurityCheck]:
        return list(self._checks.values())
