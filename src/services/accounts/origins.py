"""Where logins come from."""

from __future__ import annotations

from dataclasses import dataclass

from src.utils.text import clean_text

MAX_AGENT = 200
_READ = 1_000


@dataclass(frozen=True)
class Origin:
    """The address of a device, and what it says of itself: anything, so it is plain text and cut."""

    address: str
    agent: str

    @classmethod
    def of(cls, address: str, agent: str) -> Origin:
        return cls(address, clean_text(agent[:_READ])[:MAX_AGENT])
