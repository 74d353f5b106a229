"""The Authorization header of APIv3, checked in WeChat's order.

Source: WeChat Pay APIv3, "signature generation"; the order was observed by third parties.
"""

import re

from ecosystem.sandbox import crypto
from ecosystem.sandbox.accounts import Account, AccountBook
from ecosystem.sandbox.clock import Clock
from ecosystem.sandbox.messages import Request
from ecosystem.sandbox.pay_errors import PayError

SCHEME = "WECHATPAY2-SHA256-RSA2048 "
ATTRIBUTE = re.compile(r'([a-z_]+)="([^"]+)"')
NAMES = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}
TOLERANCE_S = 300


def authenticate(accounts: AccountBook, clock: Clock, request: Request) -> Account:
    """Return the merchant who signed the request: shape, then time, then serial, then signature."""
    attributes = _parse(request.headers.get("authorization", ""))
    if abs(clock.header_time() - int(attributes["timestamp"])) > TOLERANCE_S:
        raise _refusal("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    account = accounts.by_mchid(attributes["mchid"])
    if account is None or account.merchant_serial != attributes["serial_no"]:
        raise _refusal("商户证书序列号有误。请使用签名私钥匹配的证书序列号")
    if not crypto.verifies(account.merchant_key, _signed_message(request, attributes), attributes["signature"]):
        raise _refusal("签名错误，请检查后再试")
    return account


def _signed_message(request: Request, attributes: dict[str, str]) -> bytes:
    target = request.target.encode("latin-1")
    return crypto.message(request.method, target, attributes["timestamp"], attributes["nonce_str"], request.body)


def _parse(header: str) -> dict[str, str]:
    malformed = _refusal("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
    if not header.startswith(SCHEME):
        raise malformed
    pairs = [ATTRIBUTE.fullmatch(part) for part in header.removeprefix(SCHEME).split(",")]
    attributes = {pair[1]: pair[2] for pair in pairs if pair}
    if attributes.keys() != NAMES or len(pairs) != len(NAMES):
        raise malformed
    if not re.fullmatch(r"[0-9]{1,12}", attributes["timestamp"]):
        raise malformed
    return attributes


def _refusal(message: str) -> PayError:
    return PayError(401, "SIGN_ERROR", message)
