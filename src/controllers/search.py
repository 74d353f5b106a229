"""Help with searching."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.search import SearchHistoryOut, SuggestQuery, WordsOut
from src.middleware.context import services, shopper, store
from src.services.search.suggesting import completions

blueprint = Blueprint("search", __name__, url_prefix="/api/search", description="Help with searching")
history = Blueprint("search_history", __name__, url_prefix="/api/search", description="The shopper's own searches")


@blueprint.route("/suggest")
class SuggestionsView(MethodView):
    @blueprint.operation("suggestSearches")
    @blueprint.arguments(SuggestQuery, location="query")
    @blueprint.response(200, WordsOut)
    def get(self, query: dict[str, str]) -> Any:
        """Complete what is being typed

        At most 10 names of products on sale, also by pinyin and by its initials.
        """
        return {"list": completions(store().id, query["q"])}


@blueprint.route("/hot")
class HotWordsView(MethodView):
    @blueprint.operation("listHotSearches")
    @blueprint.response(200, WordsOut)
    def get(self) -> Any:
        """List what many shoppers search for

        At most 10 keywords of the last 7 days that found something. Each logged-in shopper counts once for a keyword;
        what fewer than three have searched for is not shown. The list is up to five minutes old.
        """
        return {"list": services().search_histories.hot_words(store().id)}


@history.route("/history")
class SearchHistoryView(MethodView):
    @history.operation("getSearchHistory")
    @history.response(200, SearchHistoryOut)
    def get(self) -> Any:
        """List the own searches, newest first

        The newest 20, each keyword once. They are kept for half a year after the last one.
        """
        return {"list": services().search_histories.of(shopper())}

    @history.operation("deleteSearchHistory")
    @history.response(200)
    def delete(self) -> None:
        """Delete the own searches

        They do not count for the hot words any more. Repeatable.
        """
        services().search_histories.forget(shopper())
