"""Shapes of staff accounts, invitations and second factors."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from src.controllers.schemas.base import RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import Flag, Id, Moment, Text, Token
from src.services.staff.accounts import MAX_USERNAME_LENGTH
from src.services.staff.authenticator_codes import RECOVERY_CODES, Proof
from src.services.staff.issuing import NewMember
from src.services.staff.passwords import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from src.utils.permissions import Permission, Role

_PASSWORD = "correct horse battery"  # noqa: S105 - an example
_CODE = "h3Yc1v0dT8mQkP2bR5sWxA"
_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - an example
_RECOVERY_CODE = "7KQ2-9XMB-H4T0-ZC5D"
MAX_DISPLAY_NAME = 50


def new_password() -> Token:
    return Token(
        required=True,
        load_only=True,
        validate=validate.Length(min=MIN_PASSWORD_LENGTH, max=MAX_PASSWORD_LENGTH),
        metadata={"example": _PASSWORD},
    )


def known_password() -> Token:
    return Token(
        required=True,
        load_only=True,
        validate=validate.Length(min=1, max=MAX_PASSWORD_LENGTH),
        metadata={"example": _PASSWORD},
    )


def authenticator_code(**kwargs: Any) -> Token:
    return Token(validate=validate.Regexp(r"\A[0-9]{6}\Z"), **kwargs)


class ProofIn(RequestSchema):
    """What a second factor is proved with: one of the two."""

    totp = authenticator_code(metadata={"description": "The authenticator's code."})
    recovery_code = Token(
        validate=validate.Regexp(r"\A[0-9A-Za-z-]{16,24}\Z"),
        metadata={"description": "In place of `totp`; each works once."},
    )

    @validates_schema
    def proves_it_one_way(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "totp" in data and "recovery_code" in data:
            raise ValidationError("Give totp or recoveryCode, not both.", "recoveryCode")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Returns the proof beside the other fields."""
        proof = Proof(data.pop("totp", None), data.pop("recovery_code", None))
        return {**data, "proof": proof}


class AcceptIn(RequestSchema):
    code = Token(required=True, validate=validate.Length(min=1, max=64), metadata={"example": _CODE})
    password = new_password()


class PasswordChangeIn(RequestSchema):
    old_password = known_password()
    new_password = new_password()
    keep_api_keys = Flag(
        load_default=False,
        metadata={"example": False, "description": "Whether the API keys that the caller has made go on working."},
    )

    @validates_schema
    def is_a_change(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["old_password"] == data["new_password"]:
            raise ValidationError("It is the old one.", "newPassword")


class RevokedKeyOut(ResponseSchema):
    id = Id(required=True)
    name = fields.String(required=True, metadata={"example": "ERP"})
    prefix = fields.String(required=True, metadata={"example": "mk_3f9c02d81ab4"})


def revoked_keys() -> Any:
    told = {"description": "The API keys that end with the old password."}
    return fields.List(fields.Nested(RevokedKeyOut), required=True, metadata=told)


class AcceptedOut(ResponseSchema):
    """Who has used a code."""

    id = Id(required=True, attribute="staff.id")
    username = fields.String(required=True, attribute="staff.username", metadata={"example": "xiaoman"})
    role = fields.Enum(Role, by_value=fields.String, required=True, attribute="staff.role")
    revoked_api_keys = revoked_keys()


class PasswordChangeOut(ResponseSchema):
    revoked_api_keys = revoked_keys()


class SecondFactorIn(RequestSchema):
    password = known_password()


class SecondFactorConfirmIn(RequestSchema):
    totp = authenticator_code(required=True, metadata={"example": "287082"})


class SecondFactorOffIn(ProofIn):
    password = known_password()


class EnrolmentOut(ResponseSchema):
    secret = fields.String(required=True, metadata={"example": _SECRET})
    uri = fields.String(
        required=True,
        metadata={
            "example": f"otpauth://totp/minimall:owner?secret={_SECRET}&issuer=minimall",
            "description": "To be shown as a QR code.",
        },
    )


class RecoveryCodesOut(ResponseSchema):
    recovery_codes = fields.List(
        fields.String(metadata={"example": _RECOVERY_CODE}),
        required=True,
        validate=validate.Length(equal=RECOVERY_CODES),
        metadata={"example": [_RECOVERY_CODE] * RECOVERY_CODES},
    )


class MemberOut(ResponseSchema):
    id = Id(required=True)
    username = fields.String(required=True, metadata={"example": "xiaoman"})
    display_name = fields.String(required=True, metadata={"example": "林小满"})
    role = fields.Enum(Role, by_value=fields.String, required=True)
    active = fields.Boolean(required=True, metadata={"example": True})
    second_factor = fields.Boolean(required=True, attribute="has_second_factor", metadata={"example": False})
    created_at = Moment(required=True)
    last_login_at = Moment(required=True, allow_none=True)


class OwnAccountOut(MemberOut):
    permissions = fields.List(fields.Enum(Permission, by_value=fields.String), required=True)


class MemberEditIn(RequestSchema):
    """Only the given fields change."""

    role = fields.Enum(Role, by_value=fields.String)
    display_name = Text(max_length=MAX_DISPLAY_NAME, metadata={"example": "林小满"})

    @validates_schema
    def is_a_change(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ValidationError("Give at least one field.")

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return {name: value.value if isinstance(value, Role) else value for name, value in data.items()}


class InvitationIn(RequestSchema):
    username = Text(required=True, min_length=1, max_length=MAX_USERNAME_LENGTH, metadata={"example": "xiaoman"})
    role = fields.Enum(Role, by_value=fields.String, required=True, metadata={"example": "clerk"})
    display_name = Text(max_length=MAX_DISPLAY_NAME, metadata={"example": "林小满"})

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> NewMember:
        return NewMember(**data)


class StaffCodeOut(ResponseSchema):
    id = Id(required=True)
    username = fields.String(required=True, metadata={"example": "xiaoman"})
    display_name = fields.String(required=True, metadata={"example": "林小满"})
    role = fields.Enum(Role, by_value=fields.String, required=True)
    is_reset = fields.Boolean(
        required=True, metadata={"example": False, "description": "For a new password of a member, not for a new one."}
    )
    created_by = Id(required=True, allow_none=True, metadata={"description": "The member; null: the platform."})
    created_at = Moment(required=True)
    expires_at = Moment(required=True)


class IssuedCodeOut(ResponseSchema):
    """A code and what it is for; the code itself is never shown again."""

    invitation = fields.Nested(StaffCodeOut, required=True, attribute="stored")
    code = fields.String(required=True, metadata={"example": _CODE, "description": "Works once, for 72 hours."})


class LoginListItemOut(ResponseSchema):
    id = Id(required=True)
    created_at = Moment(required=True)
    refreshed_at = Moment(required=True, metadata={"description": "When it last got a new token."})
    expires_at = Moment(required=True, metadata={"description": "Earlier if it is not used for an hour."})
    is_current = fields.Boolean(required=True, metadata={"example": True, "description": "The login of this call."})
    user_agent = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "example": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
            "description": "What the device said of itself at the login; it may say anything.",
        },
    )
    address = fields.String(
        required=True,
        allow_none=True,
        metadata={"example": "203.0.113.7", "description": "From where it logged in; forgotten with the login."},
    )
    last_address = fields.String(
        required=True,
        allow_none=True,
        metadata={"example": "203.0.113.7", "description": "From where it last got a new token; forgotten with it."},
    )


class LoginListOut(ResponseSchema):
    list = fields.List(fields.Nested(LoginListItemOut), required=True)


MemberPageOut = page_of(MemberOut)
StaffCodePageOut = page_of(StaffCodeOut)
