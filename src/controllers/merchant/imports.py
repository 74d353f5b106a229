"""Products and stock from files."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask import Response, request
from flask.views import MethodView
from marshmallow import ValidationError

from src.controllers.api import Blueprint
from src.controllers.languages import language
from src.controllers.schemas.base import NoArguments, PageQuery
from src.controllers.schemas.imports import (
    ImportErrorPageOut,
    ImportForm,
    ImportOut,
    ImportPageOut,
    TemplateQuery,
)
from src.middleware.context import services, staff_member
from src.services.sheets.limits import MAX_FILE_BYTES
from src.utils.errors import (
    BadRequest,
    Forbidden,
    ImportStateConflict,
    MultipartExpected,
    NotFound,
    SheetUnusable,
    TooManyUnderWay,
    Unavailable,
)
from src.utils.sheet_kinds import CONTENT_TYPES, ImportKind, SheetFormat

_PREFIX, _ABOUT = "/api/merchant/imports", "Products and stock from files"
reading = Blueprint("imports", __name__, url_prefix=_PREFIX, description=_ABOUT)
taking = Blueprint("import_uploads", __name__, url_prefix=_PREFIX, description=_ABOUT)
running = Blueprint("import_runs", __name__, url_prefix=_PREFIX, description=_ABOUT)

_CSV, _XLSX = CONTENT_TYPES[SheetFormat.CSV], CONTENT_TYPES[SheetFormat.XLSX]
_FILE: dict[str, Any] = {
    "schema": {"type": "string", "contentMediaType": "application/octet-stream"},
    "description": "A file, not in an envelope.",
}
_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "kind"],
                "properties": {
                    "file": _FILE["schema"],
                    "kind": {"type": "string", "enum": [kind.value for kind in ImportKind]},
                    "dryRun": {
                        "type": "string",
                        "enum": ["true", "false"],
                        "default": "true",
                        "description": "With `false` what is right in the file is taken over without asking again.",
                    },
                },
            }
        }
    },
}


@reading.route("/templates/products")
class ProductTemplateView(MethodView):
    @reading.operation("getProductTemplate")
    @reading.arguments(TemplateQuery, location="query")
    @reading.response(200, content_type=_XLSX, **_FILE)
    @reading.alt_response(200, content_type=_CSV, **_FILE)
    def get(self, query: dict[str, Any]) -> Response:
        """Download a file for products with its header and an example, in the caller's language

        Fill it in and send it to `POST /api/merchant/imports`.
        """
        return _template(ImportKind.PRODUCTS, query["written_as"])


@reading.route("/templates/stock")
class StockTemplateView(MethodView):
    @reading.operation("getStockTemplate")
    @reading.arguments(TemplateQuery, location="query")
    @reading.response(200, content_type=_XLSX, **_FILE)
    @reading.alt_response(200, content_type=_CSV, **_FILE)
    def get(self, query: dict[str, Any]) -> Response:
        """Download a file for stock with its header and an example, in the caller's language

        Fill it in and send it to `POST /api/merchant/imports`.
        """
        return _template(ImportKind.STOCK, query["written_as"])


@taking.route("")
class ImportUploadView(MethodView):
    @taking.doc(requestBody=_FORM)
    @taking.operation("createImport", Forbidden, MultipartExpected, SheetUnusable, TooManyUnderWay)
    @taking.response(202, ImportOut)
    def post(self) -> Any:
        """Send a file to be checked

        CSV (UTF-8 or GB18030) or XLSX of at most 20 MB and 50 000 rows; columns in any order, titled in Chinese or
        English. Formulas are not computed. Afterwards the import shows what is wrong, by row and column.

        Products: a row is a SKU, and the rows of one product stand together under one product code. Its SKUs are known
        by their ids or codes: what exists is edited, empty cells leave what is, SKUs that are not named stay. Another
        name is only taken if the product code is the product's id, as in an export. Each product is taken as a whole or
        not at all, with an entry in the audit log. Stock: a row says how much of a SKU is available now.
        """
        form = _form()
        content, name = _sent()
        return services().imports.take(
            staff_member(), form["kind"], content, file_name=name, dry_run=form["dry_run"] == "true"
        )


@running.route("/<id:import_id>/run")
class ImportRunView(MethodView):
    @running.operation("runImport", NotFound, ImportStateConflict)
    @running.arguments(NoArguments)
    @running.response(202, ImportOut)
    def post(self, body: dict[str, Any], import_id: ObjectId) -> Any:
        """Take over what is right in a checked file, or the rest of it if that has failed

        It is done on the caller's word: once the caller may not write this any more, or the store is suspended, the
        rest fails. Sending the same file again changes nothing. A file that could not be checked has to be sent again.
        """
        return services().imports.run(staff_member(), import_id)


@reading.route("")
class ImportsView(MethodView):
    @reading.operation("listImports")
    @reading.arguments(PageQuery, location="query")
    @reading.response(200, ImportPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the store's imports, the newest first

        In pages.
        """
        return services().imports.list_in_store(staff_member(), **query)


@reading.route("/<id:import_id>")
class ImportView(MethodView):
    @reading.operation("getImport", NotFound)
    @reading.response(200, ImportOut)
    def get(self, import_id: ObjectId) -> Any:
        """Read an import: how far it is, and how much is wrong in its file

        Ask again while it is checking or running.
        """
        return services().imports.get(staff_member(), import_id)


@reading.route("/<id:import_id>/errors")
class ImportErrorsView(MethodView):
    @reading.operation("listImportErrors", NotFound)
    @reading.arguments(PageQuery, location="query")
    @reading.response(200, ImportErrorPageOut)
    def get(self, query: dict[str, Any], import_id: ObjectId) -> Any:
        """List what is wrong in a file by its rows: the first 1000 places

        In pages: row, column, and what is wrong there.
        """
        return services().imports.findings(staff_member(), import_id, **query)


@reading.route("/<id:import_id>/errors/file")
class ImportReportView(MethodView):
    @reading.operation("downloadImportErrors", NotFound)
    @reading.response(200, content_type=_CSV, **_FILE)
    def get(self, import_id: ObjectId) -> Response:
        """Download what is wrong in a file as a CSV file, in the caller's language

        The same places as the list of errors has, in one file.
        """
        told = services().imports.report(staff_member(), import_id, language())
        return _attachment(told, "import-errors.csv", _CSV)


def _template(kind: ImportKind, written_as: SheetFormat) -> Response:
    content = services().imports.template(staff_member(), kind, written_as, language())
    return _attachment(content, f"{kind.value}.{written_as.value}", CONTENT_TYPES[written_as])


def _form() -> dict[str, Any]:
    try:
        form: dict[str, Any] = ImportForm().load(request.form.to_dict())
    except ValidationError as error:
        raise BadRequest({"errors": error.messages}) from None
    return form


def _sent() -> tuple[bytes, str]:
    """Returns the one file of this request and its name; of a larger one than may be, a part."""
    try:
        files = list(request.files.values())
        contents = [file.stream.read(MAX_FILE_BYTES + 1) for file in files]
    except OSError as error:  # the disk that large bodies wait on is full
        raise Unavailable() from error
    if len(contents) != 1:
        raise BadRequest.for_field("file", "Must be one file.")
    return contents[0], files[0].filename or ""


def _attachment(content: Any, name: str, content_type: str) -> Response:
    response = Response(content, mimetype=content_type)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
