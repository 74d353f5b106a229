"""What a request body may hold: every field declared, anything else refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ecosystem.sandbox.messages import parse_json
from ecosystem.sandbox.pay_errors import param_error

LARGEST_INTEGER = 2**63 - 1
UNSPEAKABLE = re.compile("[\U00010000-\U0010ffff\ud800-\udfff]")


class Field(Protocol):
    """One declared field; `pointer` is where a value was found, as in /amount/total."""

    @property
    def required(self) -> bool: ...

    def check(self, value: Any, pointer: str) -> None:
        """Raise PARAM_ERROR unless `value` is allowed here."""


@dataclass(frozen=True)
class Text:
    """A string, measured in characters, none of which may need four bytes in UTF-8."""

    longest: int
    shortest: int = 1
    pattern: str = ".*"
    required: bool = False

    def check(self, value: Any, pointer: str) -> None:
        if not isinstance(value, str):
            raise param_error("应为字符串", pointer, value)
        if not self.shortest <= len(value) <= self.longest:
            raise param_error(f"长度应为{self.shortest}到{self.longest}个字符", pointer, value)
        if UNSPEAKABLE.search(value):
            raise param_error("不支持4字节的UTF-8字符", pointer, None)
        if not re.fullmatch(self.pattern, value, re.DOTALL):
            raise param_error("字符或格式不符合要求", pointer, value)


@dataclass(frozen=True)
class Integer:
    """A whole number; 1.0 and true are not."""

    smallest: int = 0
    required: bool = False

    def check(self, value: Any, pointer: str) -> None:
        if type(value) is not int:
            raise param_error("应为整数", pointer, value)
        if not self.smallest <= value <= LARGEST_INTEGER:
            raise param_error(f"应不小于{self.smallest}", pointer, value)


@dataclass(frozen=True)
class Flag:
    """true or false."""

    required: bool = False

    def check(self, value: Any, pointer: str) -> None:
        if not isinstance(value, bool):
            raise param_error("应为布尔值", pointer, value)


@dataclass(frozen=True)
class Items:
    """A list of one kind of thing."""

    item: Field
    required: bool = False

    def check(self, value: Any, pointer: str) -> None:
        if not isinstance(value, list):
            raise param_error("应为数组", pointer, value)
        for index, element in enumerate(value):
            self.item.check(element, f"{pointer}/{index}")


@dataclass(frozen=True)
class Object:
    """An object with declared members."""

    members: Mapping[str, Field] = field(default_factory=dict)
    required: bool = False

    def check(self, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            raise param_error("应为对象", pointer, value)
        for name in value.keys() - self.members.keys():
            raise param_error("请求中含有未在API文档中定义的参数", f"{pointer}/{name}", value[name])
        for name, member in self.members.items():
            self._check_member(name, member, value, pointer)

    @staticmethod
    def _check_member(name: str, member: Field, value: dict[str, Any], pointer: str) -> None:
        if name in value:
            member.check(value[name], f"{pointer}/{name}")
        elif member.required:
            raise param_error("此字段为必填项", f"{pointer}/{name}", None)


def checked_body(raw: bytes, shape: Object) -> dict[str, Any]:
    """Return the body as a dict of that shape; PARAM_ERROR otherwise."""
    try:
        body = parse_json(raw)
    except ValueError:
        raise param_error("请求体不是合法的JSON", "", None) from None
    shape.check(body, "")
    return dict(body)
