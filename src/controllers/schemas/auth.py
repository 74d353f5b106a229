"""Shapes of logins."""

from __future__ import annotations

from marshmallow import fields, validate

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Flag, Id, Integer, Token
from src.controllers.schemas.staff import ProofIn
from src.services.staff.accounts import MAX_USERNAME_LENGTH
from src.services.staff.passwords import MAX_PASSWORD_LENGTH
from src.utils.permissions import Role

_JWT_EXAMPLE = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjEiLCJ0eXAiOiJhdCtqd3QifQ.e30.c2lnbmF0dXJl"
_REFRESH_EXAMPLE = "5Cq1sSgTnPzLrXwF2kdmWw.1.uY5mVvQO0c3wY8b0o3yq9m4rU0eG1h0nJp2xk7Zt1sA"


class LoginIn(RequestSchema):
    code = Token(required=True, validate=validate.Length(min=1, max=128), metadata={"example": "0a1B2c3D"})


class RefreshIn(RequestSchema):
    refresh_token = Token(
        required=True, validate=validate.Length(min=1, max=256), metadata={"example": _REFRESH_EXAMPLE}
    )


class LogoutIn(RequestSchema):
    all = Flag(load_default=False, metadata={"description": "End the logins of all devices.", "example": False})


class TokensOut(ResponseSchema):
    token = fields.String(required=True, metadata={"example": _JWT_EXAMPLE})
    expires_in = Integer(required=True, metadata={"description": "Seconds.", "example": 900})
    refresh_token = fields.String(required=True, metadata={"example": _REFRESH_EXAMPLE})


class UserInfoOut(ResponseSchema):
    nickname = fields.String(required=True, metadata={"example": "小满"})
    avatar = fields.String(required=True, metadata={"example": "https://example.com/avatar.png"})


class LoginOut(ResponseSchema):
    token = fields.String(required=True, attribute="tokens.token", metadata={"example": _JWT_EXAMPLE})
    expires_in = Integer(
        required=True, attribute="tokens.expires_in", metadata={"description": "Seconds.", "example": 900}
    )
    refresh_token = fields.String(
        required=True, attribute="tokens.refresh_token", metadata={"example": _REFRESH_EXAMPLE}
    )
    user_id = Id(required=True, attribute="user.id")
    is_new = fields.Boolean(required=True, metadata={"example": True})
    user_info = fields.Nested(UserInfoOut, required=True, attribute="user")


class StaffLoginIn(ProofIn):
    username = Token(
        required=True, validate=validate.Length(min=1, max=MAX_USERNAME_LENGTH), metadata={"example": "owner"}
    )
    password = Token(
        required=True,
        load_only=True,
        validate=validate.Length(min=1, max=MAX_PASSWORD_LENGTH),
        metadata={"example": "correct horse battery"},
    )


class StaffOut(ResponseSchema):
    id = Id(required=True)
    username = fields.String(required=True, metadata={"example": "owner"})
    role = fields.Enum(Role, by_value=fields.String, required=True)


class StaffLoginOut(ResponseSchema):
    token = fields.String(required=True, attribute="tokens.token", metadata={"example": _JWT_EXAMPLE})
    expires_in = Integer(
        required=True, attribute="tokens.expires_in", metadata={"description": "Seconds.", "example": 900}
    )
    refresh_token = fields.String(
        required=True, attribute="tokens.refresh_token", metadata={"example": _REFRESH_EXAMPLE}
    )
    staff = fields.Nested(StaffOut, required=True)
