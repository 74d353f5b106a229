"""Texts that WeChat did not simply pass, for staff to decide about."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.text_reviews import TextReviewOut, TextReviewPageOut, TextReviewQuery
from src.middleware.context import services, staff_member
from src.utils.errors import NotFound, ReviewDecided

blueprint = Blueprint(
    "text_reviews", __name__, url_prefix="/api/merchant/text-reviews", description="Texts that wait for a decision"
)


@blueprint.route("")
class TextReviewsView(MethodView):
    @blueprint.operation("listTextReviews")
    @blueprint.arguments(TextReviewQuery, location="query")
    @blueprint.response(200, TextReviewPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List texts that WeChat did not pass, the newest first

        In pages, of one status if it is given.
        """
        return services().text_reviews.list_in_store(staff_member(), query["status"], query["page"])


@blueprint.route("/<id:review_id>/approve")
class ApprovalView(MethodView):
    @blueprint.operation("approveText", NotFound, ReviewDecided)
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, TextReviewOut)
    def post(self, body: dict[str, Any], review_id: ObjectId) -> Any:
        """Let others see a text

        A nickname becomes the user's, a refund's reason is shown. A decision is final.
        """
        return services().text_reviews.decide(staff_member(), review_id, approved=True)


@blueprint.route("/<id:review_id>/reject")
class RejectionView(MethodView):
    @blueprint.operation("rejectText", NotFound, ReviewDecided)
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, TextReviewOut)
    def post(self, body: dict[str, Any], review_id: ObjectId) -> Any:
        """Keep a text hidden

        It stays hidden for good. A decision is final.
        """
        return services().text_reviews.decide(staff_member(), review_id, approved=False)
