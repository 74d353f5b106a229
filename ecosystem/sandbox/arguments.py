"""The JSON arguments of a control call: each is taken once, what is left over is an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ecosystem.sandbox.messages import parse_json

HOSTS = ("primary", "standby")


class ControlError(Exception):
    """A control call that cannot be carried out: HTTP status and one clear line."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass
class Arguments:
    """What is left of the body."""

    left: dict[str, Any]

    @classmethod
    def parse(cls, body: bytes) -> "Arguments":
        try:
            document = parse_json(body) if body.strip() else {}
        except ValueError as error:
            raise ControlError(400, f"the body is not JSON: {error}") from None
        if not isinstance(document, dict):
            raise ControlError(400, "the body is not a JSON object")
        return cls(document)

    def anything(self, name: str) -> Any:
        return self.left.pop(name, None)

    def text(self, name: str) -> str | None:
        value = self.anything(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise ControlError(400, f"{name} must be a string")
        return value

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise ControlError(400, f"{name} is required")
        return value

    def choice(self, name: str, allowed: Sequence[str], default: str | None) -> str | None:
        value = self.text(name)
        if value is not None and value not in allowed:
            raise ControlError(400, f"{name} must be one of {', '.join(allowed)}")
        return default if value is None else value

    def flag(self, name: str) -> bool:
        value = self.left.pop(name, False)
        if not isinstance(value, bool):
            raise ControlError(400, f"{name} must be true or false")
        return value

    def number(self, name: str) -> float:
        value = self.anything(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ControlError(400, f"{name} must be a number of at least 0")
        return float(value)

    def number_or_null(self, name: str, default: float | None) -> float | None:
        """Return the number, None for null, and `default` when it is left out."""
        if name not in self.left:
            return default
        return self.number(name) if self.left[name] is not None else self.anything(name)

    def integer(self, name: str, default: int, smallest: int, largest: int) -> int:
        value = self.left.pop(name, default)
        if type(value) is not int or not smallest <= value <= largest:
            raise ControlError(400, f"{name} must be a whole number from {smallest} to {largest}")
        return value

    def object(self, name: str, allowed: Sequence[str]) -> dict[str, Any]:
        value = self.left.pop(name, {})
        if not isinstance(value, dict) or not value.keys() <= set(allowed):
            raise ControlError(400, f"{name} must be an object with no other members than {', '.join(allowed)}")
        return value

    def list(self, name: str) -> list[Any]:
        value = self.left.pop(name, [])
        if not isinstance(value, list):
            raise ControlError(400, f"{name} must be a list")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.left.pop(name, {})
        if not isinstance(value, dict):
            raise ControlError(400, f"{name} must be an object")
        return value

    def fault_options(self) -> dict[str, Any]:
        """Return the options of a fault that were given."""
        options: dict[str, Any] = {}
        if "times" in self.left:
            options["times"] = self._times()
        if "seconds" in self.left:
            options["seconds"] = self.number("seconds")
        for name in ("errcode", "status"):
            if name in self.left:
                options[name] = self.integer(name, 0, -(10**9), 10**9)
        if "host" in self.left:
            options["host"] = self.choice("host", HOSTS, None)
        for name in ("errmsg", "code", "message"):
            if name in self.left:
                options[name] = self.required_text(name)
        return options

    def _times(self) -> int | None:
        if self.left["times"] is None:
            self.left.pop("times")
            return None
        return self.integer("times", 1, 1, 10**6)

    def finish(self) -> None:
        if self.left:
            raise ControlError(400, f"unknown: {', '.join(sorted(self.left))}")
