"""Refusals of the mini-program server API."""

import secrets

from ecosystem.sandbox.messages import Response, json_response

TEXT = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40037: "invalid template_id",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40169: "invalid length for scene, or the data is not json string",
    40226: "high risk user, login is blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43002: "require POST method",
    43101: "user refuse to accept the msg",
    43104: "appid does not match openid",
    44002: "empty post data",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45168: "hit sensitive word",
    47001: "data format error",
    61010: "code is expired",
    10060001: "支付单不存在",
    10060002: "支付单已完成发货，无法继续发货",
    10060003: "支付单已使用重新发货机会",
    10060004: "支付单处于不可发货的状态",
    10060005: "物流类型有误",
    10060006: "非快递发货时不允许分拆发货",
    10060007: "分拆发货模式下必须填写 is_all_delivered",
    10060008: "商品描述 item_desc 字段不能为空",
    10060009: "商品描述 item_desc 字段太长",
    10060011: "无效的 last_index",
    10060014: "参数错误",
    10060023: "发货信息未更新",
    10060024: "物流信息列表太长",
    10060025: "物流公司编码太长",
    10060026: "物流单号太长",
    10060028: "订单未发货",
    10060029: "收货时间有误",
    10060030: "提醒收货次数已用完",
    10060031: "订单与填写的用户 openid 不匹配",
    10060032: "仅物流快递发货可提醒收货",
    268485194: "订单单号类型有误",
    268485195: "微信支付单号不能为空",
    268485196: "商户号不能为空",
    268485197: "商户内部单号不能为空",
    268485216: "上传时间非法，请按照 RFC 3339 格式填写",
    268485224: "发货模式非法",
    268485226: "快递单号不能为空",
    268485227: "物流公司编码不能为空",
    268485228: "统一发货模式下，物流信息列表长度必须为 1",
}


class MiniProgramError(Exception):
    """A refusal with its errcode."""

    def __init__(self, errcode: int, errmsg: str | None = None) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg or TEXT.get(errcode, "refused by the sandbox")

    def response(self, status: int = 200) -> Response:
        rid = "-".join(secrets.token_hex(4) for _ in range(3))
        return json_response({"errcode": self.errcode, "errmsg": f"{self.errmsg} rid: {rid}"}, status)
