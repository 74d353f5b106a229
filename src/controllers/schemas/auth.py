"""Shapes of logins."""

from __future__ import annotations

from marshmallow import fields, validate

from src.controllers.schemas.base import RequestSchema, ResponseSchema
from src.controllers.schemas.fields import Flag, Id, Token
from src.services.staff import MAX_PASSWORD_LENGTH, MAX_USERNAME_LENGTH


class LoginIn(RequestSchema):
    code = Token(required=True, validate=validate.Length(min=1, max=128), metadata={"example": "0a1B2c3D"})


class RefreshIn(RequestSchema):
    refresh_token = Token(required=True, validate=validate.Length(min=1, max=256))


class LogoutIn(RequestSchema):
    all = Flag(load_default=False, metadata={"description": "End the logins of all devices."})


class TokensOut(ResponseSchema):
    token = fields.String(required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds.", "example": 900})
    refresh_token = fields.String(required=True)


class UserInfoOut(ResponseSchema):
    nickname = fields.String(required=True)
    avatar = fields.String(required=True)


class LoginOut(ResponseSchema):
    token = fields.String(required=True, attribute="tokens.token")
    expires_in = fields.Integer(required=True, attribute="tokens.expires_in", metadata={"description": "Seconds."})
    refresh_token = fields.String(required=True, attribute="tokens.refresh_token")
    user_id = Id(required=True, attribute="user.id")
    is_new = fields.Boolean(required=True)
    user_info = fields.Nested(UserInfoOut, required=True, attribute="user")


class StaffLoginIn(RequestSchema):
    username = Token(
        required=True, validate=validate.Length(min=1, max=MAX_USERNAME_LENGTH), metadata={"example": "owner"}
    )
    password = Token(required=True, load_only=True, validate=validate.Length(min=1, max=MAX_PASSWORD_LENGTH))


class StaffOut(ResponseSchema):
    id = Id(required=True)
    username = fields.String(required=True)
    role = fields.String(required=True, metadata={"enum": ["owner", "manager", "clerk"]})


class StaffLoginOut(ResponseSchema):
    token = fields.String(required=True, attribute="tokens.token")
    expires_in = fields.Integer(required=True, attribute="tokens.expires_in", metadata={"description": "Seconds."})
    refresh_token = fields.String(required=True, attribute="tokens.refresh_token")
    staff = fields.Nested(StaffOut, required=True)
