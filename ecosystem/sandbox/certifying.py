"""WeChat Pay APIv3: the platform certificates of a merchant, sealed with the merchant's APIv3 key."""

import secrets
from typing import Any

from ecosystem.sandbox import crypto
from ecosystem.sandbox.accounts import Account
from ecosystem.sandbox.certificates import Certificate
from ecosystem.sandbox.clock import rfc3339
from ecosystem.sandbox.messages import Request, Response, json_response
from ecosystem.sandbox.pay_errors import PayError, param_error
from ecosystem.sandbox.state import State

ASSOCIATED_DATA = "certificate"
ALGORITHMS = ("RSA", "SM2", "ALL")


def certificates(state: State, account: Account, request: Request) -> Response:
    """GET /v3/certificates: every live certificate; 404 for a merchant who has a public key only.

    Source: WeChat Pay APIv3, "download platform certificates".
    """
    algorithm = request.query.get("algorithm_type", "RSA")
    if algorithm not in ALGORITHMS:
        raise param_error("算法类型应为RSA、SM2或ALL", "/algorithm_type", algorithm, "query")
    if not account.certificates:
        raise PayError(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请使用微信支付公钥")
    live = [each for each in account.certificates if algorithm != "SM2" and state.clock.now() < each.expires_at]
    return json_response({"data": [_sealed(account, certificate) for certificate in live]})


def _sealed(account: Account, certificate: Certificate) -> dict[str, Any]:
    nonce = secrets.token_hex(6)
    return {
        "serial_no": certificate.serial,
        "effective_time": rfc3339(certificate.effective_at),
        "expire_time": rfc3339(certificate.expires_at),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": ASSOCIATED_DATA,
            "ciphertext": crypto.seal(account.api_v3_key, nonce, ASSOCIATED_DATA, certificate.pem.encode()),
        },
    }
