"""What comparing the books with WeChat's bills has shown."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import PageQuery
from src.controllers.schemas.reconciliations import ReconciliationDetailOut, ReconciliationPageOut
from src.middleware.context import services, staff_member
from src.utils.errors import NotFound

blueprint = Blueprint(
    "reconciliations", __name__, url_prefix="/api/merchant/reconciliations", description="Books and WeChat's bills"
)


@blueprint.route("")
class ReconciliationsView(MethodView):
    @blueprint.operation("listReconciliations")
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, ReconciliationPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the days whose books were compared with WeChat's bill, the latest first

        In pages, with how much differs on each day.
        """
        return services().reconciliations.list_in_store(staff_member(), query["page"])


@blueprint.route("/<id:reconciliation_id>")
class ReconciliationView(MethodView):
    @blueprint.operation("getReconciliation", NotFound)
    @blueprint.response(200, ReconciliationDetailOut)
    def get(self, reconciliation_id: ObjectId) -> Any:
        """Read where the books and the bill of one day differ

        Each difference names what the books say and what the bill says.
        """
        return services().reconciliations.get_in_store(staff_member(), reconciliation_id)
