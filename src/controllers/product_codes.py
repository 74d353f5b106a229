"""The code of a product, as a picture."""

from __future__ import annotations

from bson import ObjectId
from flask import Response, request
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.middleware.context import services, store
from src.utils.errors import WeChatUnavailable

blueprint = Blueprint("product_codes", __name__, url_prefix="/api/products", description="Products on sale")

_MAX_AGE_S = 86_400
_PNG = "image/png"


@blueprint.route("/<id:product_id>/code")
class ProductCodeView(MethodView):
    @blueprint.operation("getProductCode", WeChatUnavailable)
    @blueprint.response(
        200,
        {"type": "string", "format": "binary"},
        content_type=_PNG,
        description="A picture, not in an envelope; it never changes.",
    )
    @blueprint.alt_response(
        304,
        schema={"type": "string", "maxLength": 0},
        content_type=_PNG,
        description="The picture is the one of If-None-Match.",
    )
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
