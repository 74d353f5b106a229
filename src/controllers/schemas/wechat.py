"""Shapes of what WeChat sends to us, which are not ours to choose."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from src.controllers.envelopes import BareSchema

# Read from the raw bytes and never loaded: the signature covers the bytes, not their meaning.
# Source: WeChat Pay APIv3, "payment notification".
NOTIFICATION: dict[str, Any] = {
    "type": "object",
    "required": ["id", "event_type", "resource"],
    "properties": {
        "id": {"type": "string"},
        "create_time": {"type": "string", "format": "date-time"},
        "event_type": {"type": "string"},
        "resource_type": {"type": "string"},
        "summary": {"type": "string"},
        "resource": {
            "type": "object",
            "required": ["algorithm", "ciphertext", "nonce"],
            "properties": {
                "algorithm": {"const": "AEAD_AES_256_GCM"},
                "ciphertext": {"type": "string"},
                "nonce": {"type": "string"},
                "associated_data": {"type": "string"},
                "original_type": {"type": "string"},
            },
        },
    },
}
NOTIFICATION_EXAMPLE: dict[str, Any] = {
    "id": "EV-2018022511223320873",
    "create_time": "2026-11-20T10:00:00+08:00",
    "event_type": "TRANSACTION.SUCCESS",
    "resource_type": "encrypt-resource",
    "summary": "支付成功",
    "resource": {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": "b3JkZXIgaXMgcGFpZA==",
        "nonce": "fdasflkja484",
        "associated_data": "transaction",
        "original_type": "transaction",
    },
}
SIGNATURE_HEADERS: list[dict[str, Any]] = [
    {"in": "header", "name": name, "required": True, "schema": schema, "description": description}
    for name, schema, description in (
        ("Wechatpay-Timestamp", {"type": "string", "pattern": "^[0-9]{1,12}$"}, "Unix seconds; at most 300 off."),
        ("Wechatpay-Nonce", {"type": "string", "maxLength": 64}, "Random text."),
        ("Wechatpay-Serial", {"type": "string", "maxLength": 64}, "Id of WeChat Pay's public key."),
        ("Wechatpay-Signature", {"type": "string", "maxLength": 1024}, "Over timestamp, nonce and raw body."),
    )
]

# Source: Mini Program guide, message push. In secure mode the message is inside `Encrypt`.
PUSHED_MESSAGE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "ToUserName": {"type": "string"},
        "FromUserName": {"type": "string"},
        "CreateTime": {"type": "integer", "minimum": 0, "maximum": 253402300799},
        "MsgType": {"type": "string"},
        "Event": {"type": "string"},
        "Encrypt": {"type": "string"},
    },
}
PUSHED_MESSAGE_EXAMPLE: dict[str, Any] = {
    "ToUserName": "gh_97417a04a28d",
    "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
    "CreateTime": 1714112445,
    "MsgType": "event",
    "Event": "trade_manage_remind_shipping",
}
PUSH_PARAMETERS: list[dict[str, Any]] = [
    {"in": "query", "name": name, "schema": schema, "description": description}
    for name, schema, description in (
        ("timestamp", {"type": "string"}, "Unix seconds; at most 300 off."),
        ("nonce", {"type": "string"}, "Random text."),
        ("signature", {"type": "string"}, "Over token, timestamp and nonce; counts in plain mode."),
        ("msg_signature", {"type": "string"}, "Over these and the encrypted message; counts in secure mode."),
        ("encrypt_type", {"type": "string", "enum": ["aes", "raw"]}, "`aes` in secure mode."),
        ("echostr", {"type": "string"}, "What the verification of the URL wants to read."),
    )
]


class NotificationReplyOut(BareSchema):
    """WeChat's own format; it looks at the status alone."""

    code = fields.String(required=True, metadata={"enum": ["SUCCESS", "FAIL"], "example": "SUCCESS"})
    message = fields.String(required=True, metadata={"example": "成功"})
