"""What was done in the store. No operation changes or deletes an entry."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.audit_log import AuditLogEntryPageOut, AuditLogExportQuery, AuditLogQuery
from src.middleware.context import services, staff_member
from src.services.audit_log_reading import AuditLogFilter

blueprint = Blueprint("audit_log", __name__, url_prefix="/api/merchant/audit-log", description="What staff did")

_CSV = "text/csv"


@blueprint.route("")
class AuditLogView(MethodView):
    @blueprint.operation("listAuditLog")
    @blueprint.arguments(AuditLogQuery, location="query")
    @blueprint.response(200, AuditLogEntryPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List what staff did, the newest first

        Each write of staff or of an API key has one entry, stored together with what it changed. So has what those who
        run the platform change in the store.
        """
        return services().audit_log.list_in_store(staff_member().store_id, **query)


@blueprint.route("/export")
class AuditLogExportView(MethodView):
    @blueprint.operation("exportAuditLog")
    @blueprint.arguments(AuditLogExportQuery, location="query")
    @blueprint.response(
        200, {"type": "string"}, content_type=_CSV, description="A file of UTF-8 with a byte order mark, no envelope."
    )
    def get(self, wanted: AuditLogFilter) -> Response:
        """Download what staff did as a CSV file, the newest first

        At most 92 days: without `to` until now, without `from` the 92 days before `to`. What a spreadsheet program
        would take for a formula has an apostrophe in front.
        """
        response = Response(services().audit_log.export(staff_member(), wanted), mimetype=_CSV)
        response.headers["Content-Disposition"] = "attachment; filename=audit-log.csv"
        return response
