"""Fields that accept exactly what they say: no coercion, no hidden characters, no unbounded numbers."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from bson import ObjectId
from marshmallow import ValidationError, fields, validate

from src.utils.object_ids import is_object_id
from src.utils.picture_addresses import ADDRESS, ADDRESS_OR_NONE, MAX_LENGTH
from src.utils.rich_text import MAX_TAGS, TooManyTags, clean_html
from src.utils.text import clean_text

MAX_INTEGER = 2**53 - 1
_LONGEST_MOMENT = 40
_YEARS = range(2000, 2200)
_NUMBER_IN_QUERY = re.compile(r"-?[0-9]{1,16}")


class Text(fields.String):
    """Text that people type: cleaned of markup, then `min_length` to `max_length` characters long."""

    def __init__(self, *, min_length: int = 0, max_length: int, **kwargs: Any) -> None:
        self._length = validate.Length(min=min_length, max=max_length)
        documented = {"minLength": min_length, "maxLength": max_length, **kwargs.pop("metadata", {})}
        super().__init__(metadata=documented, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = _plain_string(value)
        # Cleaning only ever shortens a little; a text far too long is refused before any work is done on it.
        if len(text) <= 4 * (self._length.max or 0):
            text = clean_text(text)
        self._length(text)
        return text


class RichText(fields.String):
    """HTML that people write: cleaned down to an allow-list, and at most `max_length` characters long after that."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        self._length = validate.Length(max=max_length)
        super().__init__(metadata={"maxLength": max_length, **kwargs.pop("metadata", {})}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        html = _plain_string(value)
        self._length(html)
        try:
            html = clean_html(html)
        except TooManyTags:
            raise ValidationError(f"At most {MAX_TAGS} tags.") from None
        self._length(html)
        return html


class Token(fields.String):
    """A string for machines, taken as it is: codes, names of things, URLs."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return _plain_string(value)


class TokenOrNone(Token):
    """A string for machines; null is the empty one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, **kwargs)

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super().deserialize("" if value is None else value, *args, **kwargs)


class Integer(fields.Integer):
    """A JSON integer between `minimum` and `maximum`: no string, no boolean, no fraction."""

    def __init__(self, *, minimum: int = 0, maximum: int = MAX_INTEGER, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=minimum, max=maximum), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class BoundedList(fields.List[Any]):
    """A list whose length is checked before anything in it."""

    def __init__(self, inner: Any, *, max_length: int, min_length: int = 0, **kwargs: Any) -> None:
        self._length = validate.Length(min=min_length, max=max_length)
        super().__init__(inner, validate=self._length, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self._length(value)
        return super()._deserialize(value, attr, data, **kwargs)


class QueryInteger(Integer):
    """An integer in a query string: ASCII digits only."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not _NUMBER_IN_QUERY.fullmatch(value):
            raise self.make_error("invalid")
        return int(value)


class QueryBoolean(fields.Boolean):
    """`true` or `false` in a query string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise self.make_error("invalid")
        return bool(value == "true")


class Flag(fields.Boolean):
    """A JSON boolean."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Id(fields.Field[ObjectId]):
    """An id of this API."""

    def __init__(self, *, metadata: dict[str, Any] | None = None, **kwargs: Any) -> None:
        documented = {"pattern": "^[0-9a-f]{24}$", "example": "66f0a1b2c3d4e5f60718293a", **(metadata or {})}
        super().__init__(metadata=documented, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> ObjectId:
        if not is_object_id(value):
            raise ValidationError("Not a valid id.")
        return ObjectId(value)


class Moment(fields.DateTime):
    """A time in RFC 3339 with offset and milliseconds."""

    def __init__(self, *, metadata: dict[str, Any] | None = None, **kwargs: Any) -> None:
        example = None if kwargs.get("allow_none") else "2026-11-20T02:00:00.000+00:00"
        super().__init__(metadata={"example": example, **(metadata or {})}, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else None


class MomentIn(fields.AwareDateTime):
    """A time in RFC 3339 with offset, kept in UTC to the millisecond."""

    def __init__(self, *, metadata: dict[str, Any] | None = None, **kwargs: Any) -> None:
        documented = {"maxLength": _LONGEST_MOMENT, "example": "2030-01-01T08:00:00.000+08:00", **(metadata or {})}
        super().__init__(metadata=documented, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        text = _plain_string(value)
        moment = super()._deserialize(text[:_LONGEST_MOMENT], attr, data, **kwargs)
        if len(text) > _LONGEST_MOMENT or moment.year not in _YEARS:
            raise self.make_error("invalid", input=text[:_LONGEST_MOMENT], obj_type="datetime")
        moment = moment.astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class DayIn(fields.Date):
    """A day such as 2026-11-20, of the years that moments may be in: every time zone has all of it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day = super()._deserialize(_plain_string(value), attr, data, **kwargs)
        if day.year not in _YEARS:
            raise self.make_error("invalid", input=day.isoformat(), obj_type="date")
        return day


def picture(**kwargs: Any) -> Token:
    """Returns the field of a picture's address: https, or a path on this server."""
    return Token(validate=[validate.Length(max=MAX_LENGTH), validate.Regexp(ADDRESS)], **kwargs)


def address_or_none(**kwargs: Any) -> TokenOrNone:
    """Returns the field of an address as `picture` takes it, or of an empty string or null for none."""
    return TokenOrNone(validate=[validate.Length(max=MAX_LENGTH), validate.Regexp(ADDRESS_OR_NONE)], **kwargs)


def _plain_string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValidationError("Not a valid string.")
    if "\x00" in value:
        raise ValidationError("Null characters are not allowed.")
    return value
