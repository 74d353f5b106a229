"""Files of what the store has."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask import Response
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.languages import language
from src.controllers.schemas.exports import ExportIn, ExportOut
from src.middleware.context import services, staff_member
from src.utils.errors import ExportNotReady, NotFound, TooManyUnderWay
from src.utils.sheet_kinds import CONTENT_TYPES, SheetFormat

blueprint = Blueprint(
    "exports", __name__, url_prefix="/api/merchant/exports", description="What the store has, as files"
)

_FILE: dict[str, Any] = {
    "schema": {"type": "string", "contentMediaType": "application/octet-stream"},
    "description": "The file, not in an envelope.",
}


@blueprint.route("")
class ExportsView(MethodView):
    @blueprint.operation("createExport", TooManyUnderWay)
    @blueprint.arguments(ExportIn)
    @blueprint.response(202, ExportOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Have products, orders, stock moves or reconciliations written into a file

        Who asks needs the permission to read them. Titles are in the caller's language, times in the store's zone
        without an offset, money in yuan with two decimals. In CSV an apostrophe stands before what a spreadsheet
        program would take for a formula. At most 100 000 documents.
        """
        return services().exports.request(staff_member(), **body, language=language())


@blueprint.route("/<id:export_id>")
class ExportView(MethodView):
    @blueprint.operation("getExport", NotFound)
    @blueprint.response(200, ExportOut)
    def get(self, export_id: ObjectId) -> Any:
        """Read an export: how far it is, and where its file is

        Ask again while it is waiting.
        """
        return services().exports.get(staff_member(), export_id)


@blueprint.route("/<id:export_id>/file")
class ExportFileView(MethodView):
    @blueprint.operation("downloadExport", NotFound, ExportNotReady)
    @blueprint.response(200, content_type=CONTENT_TYPES[SheetFormat.CSV], **_FILE)
    @blueprint.alt_response(200, content_type=CONTENT_TYPES[SheetFormat.XLSX], **_FILE)
    def get(self, export_id: ObjectId) -> Response:
        """Download the file, for 24 hours

        Unless it is ready it is refused with 40936.
        """
        file = services().exports.file(staff_member(), export_id)
        response = Response(file.pieces, mimetype=file.content_type)
        response.content_length = file.size
        response.headers["Content-Disposition"] = f"attachment; filename={file.name}"
        return response
