"""Categories as staff see and change them."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.categories import CategoryEditIn, CategoryIn, CategoryOut, StoreCategoriesOut
from src.middleware.context import services, staff_member
from src.services.categories.editing import NewCategory
from src.utils.errors import CategoryTreeConflict, NameTaken, NotFound, StillInUse

_PREFIX, _ABOUT = "/api/merchant/categories", "Categories and brands"
reading = Blueprint("merchant_categories", __name__, url_prefix=_PREFIX, description=_ABOUT)
editing = Blueprint("category_editing", __name__, url_prefix=_PREFIX, description=_ABOUT)


@reading.route("")
class StoreCategoriesView(MethodView):
    @reading.operation("listStoreCategories")
    @reading.response(200, StoreCategoriesOut)
    def get(self) -> Any:
        """Read the tree of categories, hidden ones too

        Nested by `children`, in the order of their positions.
        """
        return {"list": services().categories.all(staff_member().store_id)}


@editing.route("")
class CategoryCreationView(MethodView):
    @editing.operation("createCategory", NotFound, NameTaken, CategoryTreeConflict)
    @editing.arguments(CategoryIn)
    @editing.response(201, CategoryOut)
    def post(self, body: NewCategory) -> Any:
        """Create a category

        There are four levels, and at most 1000 categories. Below one parent no two have the same name.
        """
        return services().category_editing.create(staff_member(), body)


@editing.route("/<id:category_id>")
class CategoryEditingView(MethodView):
    @editing.operation("updateCategory", NotFound, NameTaken, CategoryTreeConflict)
    @editing.arguments(CategoryEditIn)
    @editing.response(200, CategoryOut)
    def put(self, body: dict[str, Any], category_id: ObjectId) -> Any:
        """Change or move a category

        What is below it moves with it. Its products show a new name, and are found at the new place, once a job has
        been over them.
        """
        return services().category_editing.edit(staff_member(), category_id, body)

    @editing.operation("deleteCategory", NotFound, StillInUse)
    @editing.response(200)
    def delete(self, category_id: ObjectId) -> None:
        """Delete a category that has neither children nor products

        Until they are moved or deleted it is refused with 40922.
        """
        services().category_editing.delete(staff_member(), category_id)
