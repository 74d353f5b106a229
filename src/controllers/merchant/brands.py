"""Brands as staff see and change them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.brands import BrandEditIn, BrandIn, StoreBrandOut, StoreBrandsOut
from src.middleware.context import services, staff_member
from src.utils.errors import NameTaken, NotFound, StillInUse

_PREFIX, _ABOUT = "/api/merchant/brands", "Categories and brands"
reading = Blueprint("merchant_brands", __name__, url_prefix=_PREFIX, description=_ABOUT)
editing = Blueprint("brand_editing", __name__, url_prefix=_PREFIX, description=_ABOUT)


@reading.route("")
class StoreBrandsView(MethodView):
    @reading.operation("listStoreBrands")
    @reading.response(200, StoreBrandsOut)
    def get(self) -> Any:
        """List the brands by name, hidden ones too

        All of them, in one answer.
        """
        return {"list": services().brands.all(staff_member().store_id)}


@editing.route("")
class BrandCreationView(MethodView):
    @editing.operation("createBrand", NameTaken)
    @editing.arguments(BrandIn)
    @editing.response(201, StoreBrandOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Create a brand

        No two brands of a store have the same name.
        """
        return services().brands.create(staff_member(), body)


@editing.route("/<id:brand_id>")
class BrandEditingView(MethodView):
    @editing.operation("updateBrand", NotFound, NameTaken)
    @editing.arguments(BrandEditIn)
    @editing.response(200, StoreBrandOut)
    def put(self, body: dict[str, Any], brand_id: ObjectId) -> Any:
        """Change a brand

        Its products show a new name once a job has been over them.
        """
        return services().brands.edit(staff_member(), brand_id, body)

    @editing.operation("deleteBrand", NotFound, StillInUse)
    @editing.response(200)
    def delete(self, brand_id: ObjectId) -> None:
        """Delete a brand that no product has

        Until they have another one it is refused with 40922.
        """
        services().brands.delete(staff_member(), brand_id)
