"""What shoppers have searched for: their own histories, and the words of a store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import (
    BooleanField,
    DateTimeField,
    EmbeddedDocument,
    EmbeddedDocumentListField,
    ObjectIdField,
    StringField,
)
from pymongo import WriteConcern
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from src.models.connection import deadline
from src.models.documents import MAX_TIME_MS, StoreDocument

MOST_WORDS = 20
KEPT_S = 180 * 24 * 3600
# A search waits this long for its history, and no longer.
PATIENCE_S = 0.1
# Hot words are counted over the histories that changed last.
_COUNTED_HISTORIES = 5_000


class SearchedWord(EmbeddedDocument):
    """A keyword as the shopper wrote it; `folded` is how the search saw it."""

    folded = StringField(required=True)
    text = StringField(required=True)
    searched_at = DateTimeField(required=True)
    has_found = BooleanField(required=True)


class SearchHistory(StoreDocument):
    """The newest searches of one shopper, each keyword once, newest first. It goes half a year after the last one."""

    meta = {
        "collection": "search_histories",
        "indexes": [
            {"fields": ["store_id", "user_id"], "unique": True},
            ["store_id", "-updated_at"],
            {"fields": ["updated_at"], "expireAfterSeconds": KEPT_S},
        ],
    }

    user_id = ObjectIdField(required=True)
    words = EmbeddedDocumentListField(SearchedWord)
    updated_at = DateTimeField(required=True)

    @classmethod
    def find_of(cls, store_id: ObjectId, user_id: ObjectId) -> SearchHistory | None:
        return cls.find_document({"store_id": store_id, "user_id": user_id})

    @classmethod
    def try_to_remember(cls, store_id: ObjectId, user_id: ObjectId, word: SearchedWord) -> bool:
        """Puts the word first; returns whether the database took it, in time."""
        query = {"store_id": store_id, "user_id": user_id}
        try:
            with deadline(PATIENCE_S):
                cls._put_first(query, word)
        except PyMongoError:
            return False
        return True

    @classmethod
    def _put_first(cls, query: dict[str, Any], word: SearchedWord) -> None:
        first = [{"$literal": word.to_mongo().to_dict()}]
        others = {
            "$filter": {
                "input": {"$ifNull": ["$words", []]},
                "cond": {"$ne": ["$$this.folded", {"$literal": word.folded}]},
            }
        }
        words = {"$slice": [{"$concatArrays": [first, others]}, MOST_WORDS]}
        update = [{"$set": {"words": words, "updated_at": word.searched_at}}]
        try:
            cls._quick().update_one(query, update, upsert=True)
        except DuplicateKeyError:  # a racing search has made it
            cls._quick().update_one(query, update)

    @classmethod
    def _quick(cls) -> Collection[dict[str, Any]]:
        # One that a failover loses is no loss.
        return cls.collection().with_options(write_concern=WriteConcern(w=1, j=False))

    @classmethod
    def forget(cls, store_id: ObjectId, user_id: ObjectId) -> None:
        cls.collection().delete_one({"store_id": store_id, "user_id": user_id})

    @classmethod
    def most_searched(
        cls, store_id: ObjectId, *, since: datetime, by_at_least: int, limit: int
    ) -> list[dict[str, Any]]:
        """Returns `{"_id": folded, "text", "shoppers"}` of the words that most shoppers have searched for since.

        Words that found nothing do not count. A shopper counts once for a word, and for `MOST_WORDS` at most.
        """
        recent = {"words.searched_at": {"$gte": since}, "words.has_found": True}
        by_word = {"_id": "$words.folded", "text": {"$first": "$words.text"}, "shoppers": {"$sum": 1}}
        pipeline: list[dict[str, Any]] = [
            {"$match": {"store_id": store_id, "updated_at": {"$gte": since}}},
            {"$sort": {"updated_at": -1}},
            {"$limit": _COUNTED_HISTORIES},
            {"$unwind": "$words"},
            {"$match": recent},
            {"$group": by_word},
            {"$match": {"shoppers": {"$gte": by_at_least}}},
            {"$sort": {"shoppers": -1, "_id": 1}},
            {"$limit": limit},
        ]
        return list(cls.collection().aggregate(pipeline, maxTimeMS=MAX_TIME_MS))
