"""Clients of WeChat Pay without the app around them."""

from __future__ import annotations

from collections.abc import Mapping
from threading import BoundedSemaphore

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from src.services.wechat.pay_calls import PayCalls
from src.services.wechat.signing import Merchant
from src.services.wechat.transport import Transport
from src.services.wechat_keys import rsa_private, rsa_public
from src.utils.clock import Clock


def transport_to(url: str, *, standby_url: str | None = None, read_timeout_s: float = 2.0) -> Transport:
    return Transport(
        url,
        standby_url=standby_url,
        connect_timeout_s=1.0,
        read_timeout_s=read_timeout_s,
        pool_size=1,
        slots=BoundedSemaphore(4),
    )


def calls_to(url: str, *, standby_url: str | None = None, clock: Clock | None = None) -> PayCalls:
    return PayCalls(transport=transport_to(url, standby_url=standby_url), clock=clock or Clock())


def merchant_of(credentials: Mapping[str, str], keys: Mapping[str, RSAPublicKey] | None = None) -> Merchant:
    """Returns the merchant; without `keys` it knows WeChat Pay's public key, if it has one."""
    if keys is None and "wechatpayPublicKeyId" in credentials:
        keys = {credentials["wechatpayPublicKeyId"]: rsa_public(credentials["wechatpayPublicKey"])}
    return Merchant(
        mchid=credentials["mchid"],
        serial=credentials["merchantSerial"],
        private_key=rsa_private(credentials["merchantPrivateKey"]),
        api_v3_key=credentials["apiV3Key"].encode(),
        wechatpay_keys=keys or {},
    )
