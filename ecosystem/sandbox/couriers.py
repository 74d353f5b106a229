"""POST /cgi-bin/express/delivery/open_msg/get_delivery_list: companies and their codes, a part of WeChat's list."""

from ecosystem.sandbox.messages import Request, Response
from ecosystem.sandbox.posted import authorized, succeeded
from ecosystem.sandbox.state import State

COMPANIES = {
    "SF": "顺丰速运",
    "ZTO": "中通快递",
    "YTO": "圆通速递",
    "YD": "韵达速递",
    "STO": "申通快递",
    "JTSD": "极兔速递",
    "JD": "京东快递",
    "EMS": "EMS",
    "YZPY": "邮政快递包裹",
    "DBL": "德邦快递",
    "HTKY": "百世快递",
    "UC": "优速快递",
    "ZJS": "宅急送",
    "FWX": "丰网速运",
}


def get_delivery_list(state: State, request: Request) -> Response:
    """Answer every company there is.

    Source: mini-program, logistics messages, "get delivery list".
    """
    authorized(state, request)
    companies = [{"delivery_id": code, "delivery_name": name} for code, name in COMPANIES.items()]
    return succeeded(delivery_list=companies, count=len(companies))
