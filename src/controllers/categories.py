"""Categories and brands as shoppers see them."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.brands import BrandsOut
from src.controllers.schemas.categories import CategoriesOut
from src.middleware.context import services, store

blueprint = Blueprint("categories", __name__, url_prefix="/api/categories", description="Products on sale")
brands = Blueprint("brands", __name__, url_prefix="/api/brands", description="Products on sale")

_NOTHING = "text/plain"


@blueprint.route("")
class CategoriesView(MethodView):
    @blueprint.operation("listCategories")
    @blueprint.response(200, CategoriesOut)
    @blueprint.alt_response(
        304,
        schema={"type": "string", "maxLength": 0},
        content_type=_NOTHING,
        description="The tree is the one of If-None-Match.",
    )
    def get(self) -> Any:
        """Read the tree of categories

        What is hidden is not there, and nothing below it. A change is seen within five seconds.
        """
        shown = services().categories.shown(store().id)
        etag = {"ETag": f'W/"{shown.digest}"'}
        if request.if_none_match.contains_weak(shown.digest):
            return Response(status=304, headers=etag, mimetype=_NOTHING)
        return {"list": shown.branches}, etag


@brands.route("")
class BrandsView(MethodView):
    @brands.operation("listBrands")
    @brands.response(200, BrandsOut)
    def get(self) -> Any:
        """List the brands by name

        Hidden ones are left out.
        """
        return {"list": services().brands.shown(store().id)}
