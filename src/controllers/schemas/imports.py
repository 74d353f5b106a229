"""Shapes of imports."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from src.controllers.languages import language
from src.controllers.schemas.base import RequestSchema, ResponseSchema, page_of
from src.controllers.schemas.fields import Id, Integer, Moment, Token
from src.controllers.schemas.jobs import JobProgressOut
from src.services.imports.messages import message_of
from src.utils.sheet_kinds import ImportKind, ImportState, SheetFormat
from src.utils.sheet_problems import Problem


class TemplateQuery(RequestSchema):
    written_as = fields.Enum(SheetFormat, by_value=fields.String, data_key="format", load_default=SheetFormat.XLSX)


class ImportForm(RequestSchema):
    """The string fields of the form."""

    kind = fields.Enum(ImportKind, by_value=fields.String, required=True)
    dry_run = Token(validate=validate.OneOf(["true", "false"]), load_default="true")


class ImportOut(ResponseSchema):
    id = Id(required=True)
    kind = fields.Enum(ImportKind, by_value=fields.String, required=True, metadata={"example": "products"})
    format = fields.Enum(
        SheetFormat, by_value=fields.String, required=True, attribute="written_as", metadata={"example": "xlsx"}
    )
    file_name = fields.String(required=True, metadata={"example": "商品.xlsx"})
    state = fields.Enum(ImportState, by_value=fields.String, required=True, metadata={"example": "checked"})
    reason = fields.String(
        required=True, metadata={"example": "", "description": "Why it has failed; empty while it has not."}
    )
    dry_run = fields.Function(
        lambda imported: not imported.runs_by_itself, required=True, metadata={"type": "boolean", "example": True}
    )
    rows = Integer(required=True, metadata={"example": 40})
    parts = Integer(required=True, metadata={"example": 21, "description": "Products, or SKUs in a file of stock."})
    errors = Integer(required=True, attribute="findings", metadata={"example": 2, "description": "All of them."})
    created = Integer(required=True, metadata={"example": 12, "description": "Of the parts, as the next ones."})
    changed = Integer(required=True, metadata={"example": 3})
    unchanged = Integer(required=True, metadata={"example": 5})
    refused = Integer(
        required=True, metadata={"example": 1, "description": "With something wrong in them: nothing of them is taken."}
    )
    progress = fields.Nested(JobProgressOut, required=True)
    staff_id = Id(required=True)
    created_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)


class ImportErrorOut(ResponseSchema):
    row = Integer(required=True, metadata={"example": 7, "description": "Of the file; its header is 1."})
    column = fields.String(required=True, metadata={"example": "price", "description": "Empty for the whole row."})
    problem = fields.Enum(Problem, by_value=fields.String, required=True, metadata={"example": "not_money"})
    value = fields.String(required=True, metadata={"example": "39元", "description": "What stands there, shortened."})
    message = fields.Method(
        "told", required=True, metadata={"type": "string", "example": "必须是金额（元），最多两位小数"}
    )

    def told(self, finding: Any) -> str:
        return message_of(finding, language())


ImportPageOut = page_of(ImportOut)
ImportErrorPageOut = page_of(ImportErrorOut)
