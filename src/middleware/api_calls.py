"""Each call for a store is counted."""

from __future__ import annotations

from flask import Flask, Response, g

from src.middleware.context import services
from src.utils.store_states import StoreStatus


def install(app: Flask) -> None:
    app.after_request(_count)


def _count(response: Response) -> Response:
    store = g.get("store")
    if store is not None and store.status is StoreStatus.ACTIVE:
        services().call_counting.count(store)
    return response
