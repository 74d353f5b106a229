"""Members of a JSON body that the mini-program server API demands, each with the errcode of its refusal."""

from collections.abc import Mapping
from typing import Any

from ecosystem.sandbox.mini_program_errors import MiniProgramError


def required_text(members: Mapping[str, Any], name: str, errcode: int) -> str:
    """Return a member that is a string with something in it; MiniProgramError with `errcode` otherwise."""
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise MiniProgramError(errcode)
    return value


def required_choice(members: Mapping[str, Any], name: str, errcode: int, *allowed: int) -> int:
    """Return a member that is one of these numbers, 1.0 and true not being 1; else as above."""
    value = members.get(name)
    if type(value) is not int or value not in allowed:
        raise MiniProgramError(errcode)
    return value
