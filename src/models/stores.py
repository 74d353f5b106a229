"""Stores: the tenants."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import BooleanField, DateTimeField, ListField, StringField
from pymongo import ReturnDocument

from src.models.documents import BaseDocument


class Store(BaseDocument):
    """A shop with its own mini-program and merchant number. Fields that end in `_sealed` are encrypted."""

    meta = {
        "collection": "stores",
        "indexes": [
            {"fields": ["code"], "unique": True},
            {"fields": ["hosts"], "unique": True, "partialFilterExpression": {"hosts.0": {"$exists": True}}},
            {"fields": ["is_default"], "unique": True, "partialFilterExpression": {"is_default": True}},
            {"fields": ["wechatpay_public_key_id"]},
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
    wechatpay_public_key_id = StringField(required=True)
    wechatpay_public_key = StringField(required=True)
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
    def find_default(cls) -> Store | None:
        return cls.find_document({"is_default": True})

    @classmethod
    def list_by_wechatpay_serial(cls, serial: str) -> list[Store]:
        """Returns the stores whose WeChat Pay key has this id; several may share one merchant number."""
        return list(cls.objects(wechatpay_public_key_id=serial))
