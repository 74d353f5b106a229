"""An independent client of the sandbox: what a backend, a phone and a test would send."""

import base64
import json
import secrets
import time
from functools import cache
from typing import Any

import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

PREPAY = "/v3/pay/transactions/jsapi"
REFUNDS = "/v3/refund/domestic/refunds"


@cache
def private_key(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


class Control:
    """The control API of a running sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, path: str, **body: Any) -> requests.Response:
        return requests.request(method, f"{self.url}/__sandbox__/{path}", json=body, timeout=10)

    def post(self, path: str, **body: Any) -> Any:
        response = self.call("POST", path, **body)
        assert response.ok, response.text
        return response.json() if response.content else None

    def user(self, **body: Any) -> str:
        return str(self.post("users", **body)["user"])

    def login_code(self, user: str, **body: Any) -> str:
        return str(self.post(f"users/{user}/login-code", **body)["code"])

    def phone_code(self, user: str, **body: Any) -> str:
        return str(self.post(f"users/{user}/phone-code", **body)["code"])

    def pay(self, user: str, fields: dict[str, Any], outcome: str = "ok") -> str:
        return str(self.post(f"users/{user}/request-payment", outcome=outcome, **fields)["errMsg"])

    def advance(self, seconds: float, **body: Any) -> Any:
        return self.post("clock/advance", seconds=seconds, **body)

    def fault(self, endpoint: str, kind: str, **options: Any) -> Any:
        return self.post("faults", endpoint=endpoint, kind=kind, **options)

    def deliver(self, **body: Any) -> Any:
        return self.post("notifications/deliver", **body)

    def ledger(self) -> Any:
        return self.call("GET", "ledger").json()

    def order(self, out_trade_no: str) -> Any:
        return next(order for order in self.ledger()["orders"] if order["outTradeNo"] == out_trade_no)

    def refund(self, out_refund_no: str) -> Any:
        return next(each for each in self.ledger()["refunds"] if each["outRefundNo"] == out_refund_no)

    def refund_notices(self, out_refund_no: str) -> list[Any]:
        return [each for each in self.ledger()["notifications"] if each["outRefundNo"] == out_refund_no]

    def notice(self, out_trade_no: str) -> Any:
        return next(each for each in self.ledger()["notifications"] if each["outTradeNo"] == out_trade_no)


class MiniProgram:
    """A backend's calls of api.weixin.qq.com."""

    def __init__(self, url: str, credentials: dict[str, str]) -> None:
        self.url = url
        self.appid = credentials["appid"]
        self.secret = credentials["appSecret"]

    def login(self, code: str, **changes: Any) -> requests.Response:
        query = {"appid": self.appid, "secret": self.secret, "js_code": code, "grant_type": "authorization_code"}
        return requests.get(f"{self.url}/sns/jscode2session", params={**query, **changes}, timeout=10)

    def openid(self, control: Control, user: str) -> str:
        return str(self.login(control.login_code(user, appid=self.appid)).json()["openid"])

    def token(self, **changes: Any) -> Any:
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret, **changes}
        return requests.post(f"{self.url}/cgi-bin/stable_token", json=body, timeout=10).json()

    def phone(self, token: str, **body: Any) -> Any:
        address = f"{self.url}/wxa/business/getuserphonenumber?access_token={token}"
        return requests.post(address, json=body, timeout=10).json()

    def call(self, path: str, /, **body: Any) -> requests.Response:
        """Post raw UTF-8, as WeChat asks for, with a token that is accepted."""
        address = f"{self.url}{path}?access_token={self.token()['access_token']}"
        return requests.post(address, data=json.dumps(body, ensure_ascii=False).encode(), timeout=10)

    def errcode(self, path: str, /, **body: Any) -> int:
        answer = self.call(path, **body)
        assert answer.status_code == 200
        return int(answer.json()["errcode"])


class Merchant:
    """A backend's calls of api.mch.weixin.qq.com, signed with the merchant's key."""

    def __init__(self, url: str, credentials: dict[str, str]) -> None:
        self.url = url
        self.credentials = credentials
        self.mchid = credentials["mchid"]
        self.key = private_key(credentials["merchantPrivateKey"])

    def sign(self, *parts: str) -> str:
        message = "".join(part + "\n" for part in parts)
        return base64.b64encode(self.key.sign(message.encode(), PKCS1v15(), SHA256())).decode()

    def authorization(self, method: str, target: str, body: str, **changes: str) -> str:
        timestamp, nonce = changes.get("timestamp", str(int(time.time()))), secrets.token_hex(16)
        attributes = {
            "mchid": self.mchid,
            "nonce_str": nonce,
            "signature": self.sign(method, target, timestamp, nonce, body),
            "timestamp": timestamp,
            "serial_no": self.credentials["merchantSerial"],
            **changes,
        }
        return "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in attributes.items())

    def call(self, method: str, target: str, body: str = "", **headers: str) -> requests.Response:
        signed = {"Authorization": self.authorization(method, target, body), "Content-Type": "application/json"}
        return requests.request(
            method, self.url + target, data=body.encode(), headers={**signed, **headers}, timeout=10
        )

    def order(self, openid: str, **changes: Any) -> dict[str, Any]:
        return {
            "appid": self.credentials["appid"],
            "mchid": self.mchid,
            "description": "青花瓷茶杯",
            "out_trade_no": secrets.token_hex(12),
            "notify_url": "http://127.0.0.1:9/notify",
            "amount": {"total": 100, "currency": "CNY"},
            "payer": {"openid": openid},
            **changes,
        }

    def prepay(self, order: dict[str, Any]) -> requests.Response:
        return self.call("POST", PREPAY, json.dumps(order, ensure_ascii=False))

    def query(self, out_trade_no: str) -> requests.Response:
        return self.call("GET", f"/v3/pay/transactions/out-trade-no/{out_trade_no}?mchid={self.mchid}")

    def close(self, out_trade_no: str) -> requests.Response:
        target = f"/v3/pay/transactions/out-trade-no/{out_trade_no}/close"
        return self.call("POST", target, json.dumps({"mchid": self.mchid}))

    def refund_of(self, out_trade_no: str, refund: int, **changes: Any) -> dict[str, Any]:
        """Return an application for `refund` fen of an order of 100."""
        return {
            "out_trade_no": out_trade_no,
            "out_refund_no": secrets.token_hex(12),
            "notify_url": "http://127.0.0.1:9/refunds",
            "amount": {"refund": refund, "total": 100, "currency": "CNY"},
            **changes,
        }

    def refund(self, application: dict[str, Any]) -> requests.Response:
        return self.call("POST", REFUNDS, json.dumps(application, ensure_ascii=False))

    def query_refund(self, out_refund_no: str) -> requests.Response:
        return self.call("GET", f"{REFUNDS}/{out_refund_no}")

    def certificates(self, query: str = "") -> dict[str, x509.Certificate]:
        """Return WeChat's platform certificates for this merchant, unsealed, by serial."""
        answer = self.call("GET", f"/v3/certificates{query}")
        assert answer.status_code == 200
        return {each["serial_no"]: self.unseal(each["encrypt_certificate"]) for each in answer.json()["data"]}

    def unseal(self, sealed: dict[str, str]) -> x509.Certificate:
        key = AESGCM(self.credentials["apiV3Key"].encode())
        nonce, associated = sealed["nonce"].encode(), sealed["associated_data"].encode()
        return x509.load_pem_x509_certificate(key.decrypt(nonce, base64.b64decode(sealed["ciphertext"]), associated))

    def payment_fields(self, prepay_id: str, **changes: Any) -> dict[str, Any]:
        timestamp, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        return {
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self.sign(self.credentials["appid"], timestamp, nonce, package),
            **changes,
        }

    def verifies(self, headers: Any, body: bytes) -> bool:
        """Say whether WeChat's signature headers are right for `body`."""
        key = load_pem_public_key(self.credentials["wechatpayPublicKey"].encode())
        assert isinstance(key, RSAPublicKey)
        assert headers["Wechatpay-Serial"] == self.credentials["wechatpayPublicKeyId"]
        message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
        try:
            key.verify(base64.b64decode(headers["Wechatpay-Signature"]), message, PKCS1v15(), SHA256())
        except Exception:
            return False
        return True

    def open(self, body: bytes) -> Any:
        """Return the plaintext of a notification."""
        resource = json.loads(body)["resource"]
        return json.loads(
            AESGCM(self.credentials["apiV3Key"].encode()).decrypt(
                resource["nonce"].encode(),
                base64.b64decode(resource["ciphertext"]),
                resource["associated_data"].encode(),
            )
        )
