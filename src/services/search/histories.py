"""What a shopper has searched for, and what many have."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from bson import ObjectId
from cachetools import TTLCache

from src.models.search_histories import SearchedWord, SearchHistory
from src.services.accounts.callers import Shopper
from src.utils.clock import Clock
from src.utils.search_tokens import normalise

HOT_FOR = timedelta(days=7)
HOT_WORDS = 10
# What fewer shoppers have searched for is theirs: a name, a phone number.
_SHARED_BY = 3
_COUNTED_EVERY_S = 300
_MAX_STORES = 1_000
_REST = timedelta(seconds=30)


class SearchHistories:
    """Remembers searches, as far as that costs the search nothing."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._resting_until: datetime | None = None
        self._hot: TTLCache[ObjectId, list[str]] = TTLCache(
            _MAX_STORES, _COUNTED_EVERY_S, timer=lambda: clock.now().timestamp()
        )
        self._lock = Lock()

    def remember(self, shopper: Shopper, keyword: str, *, has_found: bool) -> None:
        """Puts the keyword first in the shopper's history, unless the database does not take it at once.

        After a refusal this process does not ask again for a while, so that no search waits.
        """
        now = self._clock.now()
        if self._resting_until is not None and now < self._resting_until:
            return
        word = SearchedWord(folded=normalise(keyword), text=keyword, searched_at=now, has_found=has_found)
        taken = SearchHistory.try_to_remember(shopper.store_id, shopper.user_id, word)
        self._resting_until = None if taken else now + _REST

    def of(self, shopper: Shopper) -> list[SearchedWord]:
        """Returns the shopper's newest searches, each keyword once."""
        history = SearchHistory.find_of(shopper.store_id, shopper.user_id)
        return [] if history is None else list(history.words)

    def forget(self, shopper: Shopper) -> None:
        """The shopper has no history, and counts for no hot word any more."""
        SearchHistory.forget(shopper.store_id, shopper.user_id)

    def hot_words(self, store_id: ObjectId) -> list[str]:
        """Returns what most shoppers of the store have searched for and found lately; a few minutes old."""
        with self._lock:
            known = self._hot.get(store_id)
        if known is None:
            since = self._clock.now() - HOT_FOR
            counted = SearchHistory.most_searched(store_id, since=since, by_at_least=_SHARED_BY, limit=HOT_WORDS)
            known = [row["text"] for row in counted]
            with self._lock:
                self._hot[store_id] = known
        return known
