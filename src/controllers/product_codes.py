"""The code of a product, as a picture."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask import Response, request
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.middleware.context import services, store
from src.utils.errors import WeChatUnavailable

blueprint = Blueprint("product_codes", __name__, url_prefix="/api/products", description="Products on sale")

_MAX_AGE_S = 86_400
_PNG, _JPEG = "image/png", "image/jpeg"  # WeChat sends either
_PICTURE: dict[str, Any] = {
    "schema": {"type": "string", "format": "binary"},
    "description": "A picture, not in an envelope; it never changes.",
}
_NO_PICTURE: dict[str, Any] = {
    "schema": {"type": "string", "maxLength": 0},
    "description": "The picture is the one of If-None-Match.",
}


@blueprint.route("/<id:product_id>/code")
class ProductCodeView(MethodView):
    @blueprint.operation("getProductCode", WeChatUnavailable)
    @blueprint.response(200, content_type=_PNG, **_PICTURE)
    @blueprint.alt_response(200, content_type=_JPEG, **_PICTURE)
    @blueprint.alt_response(304, content_type=_PNG, **_NO_PICTURE)
    @blueprint.alt_response(304, content_type=_JPEG, **_NO_PICTURE)
    def get(self, product_id: ObjectId) -> Response:
        """Read the mini-program code that opens a product

        Its scene is `p=<product id>`. WeChat makes it once, with the first request.
        """
        picture = services().product_codes.get(store(), product_id)
        response = Response(picture.content, mimetype=picture.mimetype)
        response.set_etag(picture.digest)
        response.cache_control.public = True
        response.cache_control.max_age = _MAX_AGE_S
        response.make_conditional(request)
        return response
