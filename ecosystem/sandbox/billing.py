"""WeChat Pay APIv3 for a direct merchant: asking for the trade bill of a day and fetching it.

Each function runs under the state's lock, for a merchant whose signature has been verified.
Source: WeChat Pay APIv3, "apply for trade bill", "download bill".
"""

import gzip
from datetime import date, datetime, time, timedelta

from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.bill_files import BillFile
from ecosystem.sandbox.bills import Bends, Entry, beijing_date, payment_entry, refund_entry, write_bill
from ecosystem.sandbox.clock import BEIJING
from ecosystem.sandbox.messages import Request, Response, json_response
from ecosystem.sandbox.pay_errors import PayError, param_error
from ecosystem.sandbox.state import State

READY_AT = time(10)
KEPT = timedelta(days=92)
URL_LIFETIME_S = 300


def trade_bill(state: State, account: Account, request: Request) -> Response:
    """GET /v3/bill/tradebill?bill_date=…: the hash of the day's bill, and where it is for five minutes."""
    day, zipped = _asked_day(request), _asked_gzip(request)
    bends = state.bills.bends.get((account.mchid, day))
    if bends is None:
        _check_ready(day, state.clock.now())
    entries = (bends or Bends()).applied(_entries(state, account, day))
    if not entries:
        raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    file = BillFile(account.mchid, day, len(entries), write_bill(entries), zipped, state.clock.now() + URL_LIFETIME_S)
    token = state.bills.keep(file)
    url = f"http://{request.headers.get('host', '')}/v3/billdownload/file?token={token}"
    return json_response({"hash_type": "SHA1", "hash_value": file.sha1, "download_url": url})


def download_bill(state: State, account: Account, request: Request) -> Response:
    """GET /v3/billdownload/file?token=…: the file itself, the one answer of APIv3 that is not signed."""
    file = state.bills.files.get(request.query.get("token", ""))
    if file is None or file.mchid != account.mchid:
        raise param_error("下载地址无效", "/token", request.query.get("token"), "query")
    if state.clock.now() >= file.expires_at:
        raise PayError(400, "INVALID_REQUEST", "下载地址已过期，请重新申请账单")
    file.downloads += 1
    body = gzip.compress(file.content) if file.zipped else file.content
    return Response(200, body, {"Content-Type": "text/plain; charset=utf-8"})


def _entries(state: State, account: Account, day: date) -> list[Entry]:
    """Return what belongs to that day; a refund that was closed moved nothing and is not shown."""
    orders = [order for order in state.orders.all() if order.account == account and order.transaction_id]
    refunds = [refund for order in orders for refund in state.refunds.of(order) if refund.status != "CLOSED"]
    entries = [*map(payment_entry, orders), *map(refund_entry, refunds)]
    return [entry for entry in entries if entry.day == day]


def _check_ready(day: date, now: float) -> None:
    today = beijing_date(now)
    if not today - KEPT <= day < today:
        raise param_error("账单日期应在三个月内，且早于今天", "/bill_date", day.isoformat(), "query")
    if now < datetime.combine(day + timedelta(days=1), READY_AT, BEIJING).timestamp():
        raise PayError(400, "STATEMENT_CREATING", "账单生成中，请稍后再试")


def _asked_day(request: Request) -> date:
    asked = request.query.get("bill_date", "")
    try:
        return datetime.strptime(asked, "%Y-%m-%d").replace(tzinfo=BEIJING).date()
    except ValueError:
        raise param_error("格式应为yyyy-MM-dd", "/bill_date", asked, "query") from None


def _asked_gzip(request: Request) -> bool:
    if request.query.get("bill_type", "ALL") != "ALL":
        raise param_error("沙箱只提供ALL类型的账单", "/bill_type", request.query["bill_type"], "query")
    if request.query.get("tar_type", "GZIP") != "GZIP":
        raise param_error("压缩类型只能为GZIP", "/tar_type", request.query["tar_type"], "query")
    return "tar_type" in request.query
