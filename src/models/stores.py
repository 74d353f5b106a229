"""Stores: the tenants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import (
    BooleanField,
    DateTimeField,
    DictField,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    ListField,
    StringField,
)
from pymongo import ReturnDocument

from src.models.documents import BaseDocument

DEFAULT_CODE_PAGE = "pages/product/index"


class StoredCertificate(EmbeddedDocument):
    """A platform certificate of WeChat Pay: the key that checks what it has signed, in PEM text."""

    serial = StringField(required=True)
    public_key = StringField(required=True)
    effective_at = DateTimeField(required=True)
    expires_at = DateTimeField(required=True)


class Store(BaseDocument):
    """A shop with its own mini-program and merchant number. Fields that end in `_sealed` are encrypted."""

    meta = {
        "collection": "stores",
        "indexes": [
            {"fields": ["code"], "unique": True},
            {"fields": ["hosts"], "unique": True, "partialFilterExpression": {"hosts.0": {"$exists": True}}},
            {"fields": ["is_default"], "unique": True, "partialFilterExpression": {"is_default": True}},
            {"fields": ["wechatpay_public_key_id"]},
            {"fields": ["platform_certificates.serial"]},
            {"fields": ["certificates_due_at"]},
            {"fields": ["mchid"]},
        ],
    }

    code = StringField(required=True)
    name = StringField(required=True)
    hosts = ListField(StringField())
    is_default = BooleanField(required=True)
    appid = StringField(required=True)
    app_secret_sealed = StringField(required=True)
    mchid = StringField(required=True)
    merchant_serial = StringField(required=True)
    merchant_private_key_sealed = StringField(required=True)
    api_v3_key_sealed = StringField(required=True)
    wechatpay_public_key_id = StringField()
    wechatpay_public_key = StringField()
    platform_certificates = EmbeddedDocumentListField(StoredCertificate)
    certificates_due_at = DateTimeField()
    upload_shipping = BooleanField(default=True)
    code_page = StringField(default=DEFAULT_CODE_PAGE)
    message_templates = DictField()
    push_token_sealed = StringField()
    push_aes_key_sealed = StringField()
    created_at = DateTimeField(required=True)
    updated_at = DateTimeField(required=True)

    @classmethod
    def put(cls, code: str, values: dict[str, Any], now: datetime) -> Store:
        """Makes or changes the store with this code.

        Raises:
            pymongo.errors.DuplicateKeyError: another store is the default one or has one of the hosts.
        """
        stored = cls.collection().find_one_and_update(
            {"code": code},
            {"$set": {**values, "updated_at": now}, "$setOnInsert": {"created_at": now}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        built = cls._built(stored)
        assert built is not None
        return built

    @classmethod
    def find_by_id(cls, store_id: ObjectId) -> Store | None:
        return cls.find_document({"_id": store_id})

    @classmethod
    def find_by_code(cls, code: str) -> Store | None:
        return cls.find_document({"code": code})

    @classmethod
    def find_by_host(cls, host: str) -> Store | None:
        # The second condition is the index's own: without it MongoDB would not use the index.
        return cls.find_document({"hosts": host, "hosts.0": {"$exists": True}})

    @classmethod
    def list_by_mchid(cls, mchid: str) -> list[Store]:
        return [cls._from_son(raw) for raw in cls.collection().find({"mchid": mchid})]

    @classmethod
    def list_all(cls) -> list[Store]:
        return [cls._from_son(raw) for raw in cls.collection().find().sort("_id", 1)]

    @classmethod
    def find_default(cls) -> Store | None:
        return cls.find_document({"is_default": True})

    @classmethod
    def list_by_wechatpay_serial(cls, serial: str) -> list[Store]:
        """Returns the stores for which WeChat Pay signs with this key; several may share one merchant number."""
        query = {"$or": [{"wechatpay_public_key_id": serial}, {"platform_certificates.serial": serial}]}
        return [cls._from_son(raw) for raw in cls.collection().find(query)]

    @classmethod
    def list_with_certificates_due(cls, now: datetime, *, limit: int) -> list[Store]:
        """Returns stores whose platform certificates are to be downloaded, those saved last first."""
        due = {"$or": [{"certificates_due_at": None}, {"certificates_due_at": {"$lte": now}}]}
        found = cls.collection().find(due).sort("updated_at", -1).limit(limit)
        return [cls._from_son(raw) for raw in found]

    @classmethod
    def claim_certificates(cls, mchid: str, *, now: datetime, next_due_at: datetime) -> bool:
        """Returns whether the caller is the one to download; no store of this merchant is due before `next_due_at`."""
        due = {"$or": [{"certificates_due_at": None}, {"certificates_due_at": {"$lte": now}}]}
        result = cls.collection().update_many({"mchid": mchid, **due}, {"$set": {"certificates_due_at": next_due_at}})
        return result.modified_count > 0

    @classmethod
    def put_certificates(cls, mchid: str, certificates: Sequence[StoredCertificate], *, next_due_at: datetime) -> None:
        """Sets the platform certificates of all stores with this merchant number."""
        stored = [certificate.to_mongo().to_dict() for certificate in certificates]
        cls.collection().update_many(
            {"mchid": mchid}, {"$set": {"platform_certificates": stored, "certificates_due_at": next_due_at}}
        )
