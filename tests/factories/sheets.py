"""Files of rows, and sending and fetching them."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter
from werkzeug.test import TestResponse

from src.services.registry import Services
from tests.factories.jobs import jobs_of, run_jobs
from tests.factories.shop import Person, Shop, data_of

IMPORTS = "/api/merchant/imports"
EXPORTS = "/api/merchant/exports"
TEA = {"商品编号": "TEA", "商品名称": "高山乌龙茶", "SKU编码": "TEA-1", "价格（元）": "39.90", "库存": "7"}


def csv_file(*rows: Mapping[str, str], encoding: str = "utf-8") -> bytes:
    """Returns a file with the titles of all rows, in the order in which they first come."""
    titles = list(dict.fromkeys(title for row in rows for title in row))
    written = StringIO()
    csv.writer(written).writerows([titles, *([row.get(title, "") for title in titles] for row in rows)])
    return written.getvalue().encode(encoding)


def xlsx_file(*lines: Sequence[Any]) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet()
        for number, line in enumerate(lines):
            for column, cell in enumerate(line):
                sheet.write(number, column, cell)
    return file.getvalue()


def with_part(workbook: bytes, name: str, content: bytes) -> bytes:
    """Returns the workbook with this part in place of its own, or besides."""
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry))
        new.writestr(name, content)
    return file.getvalue()


def send(person: Person, content: bytes, kind: str = "products", **values: str) -> TestResponse:
    form: dict[str, Any] = {"file": (BytesIO(content), "rows.csv"), "kind": kind, **values}
    return person.shop.client.post(IMPORTS, data=form, headers=person.headers)


def checked(services: Services, person: Person, content: bytes, kind: str = "products") -> Any:
    """Returns the data of an import whose file has been looked at."""
    sent = data_of(send(person, content, kind), 202)
    run_jobs(services)
    return data_of(person.get(f"{IMPORTS}/{sent['id']}"), 200)


def imported(services: Services, person: Person, content: bytes, kind: str = "products") -> Any:
    """Returns the data of an import that was run."""
    sent = checked(services, person, content, kind)
    data_of(person.post(f"{IMPORTS}/{sent['id']}/run", {}), 202)
    run_jobs(services)
    return data_of(person.get(f"{IMPORTS}/{sent['id']}"), 200)


def errors_of(person: Person, import_id: str) -> list[tuple[int, str, str]]:
    """Returns row, column and problem of each error."""
    found = data_of(person.get(f"{IMPORTS}/{import_id}/errors", size=50), 200)["list"]
    return [(error["row"], error["column"], error["problem"]) for error in found]


def exported(services: Services, person: Person, kind: str, written_as: str = "csv", **filters: str) -> bytes:
    """Returns the file of an export."""
    body = {"kind": kind, "format": written_as, "filters": filters}
    export = data_of(person.post(EXPORTS, body), 202)
    run_jobs(services)
    answer = person.get(f"{EXPORTS}/{export['id']}/file")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.data


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def run_sheets(shop: Shop) -> None:
    """Runs the jobs of imports and exports that are due, and no others."""
    services: Services = shop.app.extensions["minimall"]
    for kind in ("imports.check", "imports.run", "exports.write"):
        for job in jobs_of(kind):
            services.jobs.running.run(job.id)


def sheet_ids(shop: Shop, marked: str) -> dict[str, str]:
    """Returns the ids of an import with something wrong in it and of an export, whose files are marked."""
    rows = [{**TEA, "商品名称": marked, "SKU编码": f"{marked}-1", "价格（元）": marked}]
    sent = data_of(send(shop.staff(), csv_file(*rows)), 202)
    wanted = data_of(shop.staff().post(EXPORTS, {"kind": "products", "format": "csv"}), 202)
    run_sheets(shop)
    return {"import_id": sent["id"], "export_id": wanted["id"]}


def walk_sheets(shop: Shop) -> None:
    """Calls every operation of imports and exports."""
    staff = shop.staff()
    for kind in ("products", "stock"):
        assert staff.get(f"{IMPORTS}/templates/{kind}").status_code == 200
    path = f"{IMPORTS}/{data_of(send(staff, csv_file(TEA, {**TEA, '商品编号': 'B'})), 202)['id']}"
    run_sheets(shop)
    data_of(staff.post(f"{path}/run", {}), 202)
    for kind in ("products", "orders", "stock_movements", "reconciliations"):
        exports = f"{EXPORTS}/{data_of(staff.post(EXPORTS, {'kind': kind}), 202)['id']}"
        run_sheets(shop)
        data_of(staff.get(exports), 200)
        assert staff.get(f"{exports}/file").status_code == 200
    assert data_of(staff.get(path), 200)["state"] == "finished"
    assert data_of(staff.get(IMPORTS), 200)["list"]
    assert data_of(staff.get(f"{path}/errors"), 200)["list"]
    assert staff.get(f"{path}/errors/file").status_code == 200
