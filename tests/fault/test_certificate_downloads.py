"""Downloading platform certificates: what WeChat brings is believed only if it is WeChat's."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ecosystem.sandbox.server import RunningSandbox
from src.services.wechat.certificates import CertificateClient, PlatformCertificate
from src.services.wechat.errors import OutcomeUnknown, PayError
from src.services.wechat.pay_calls import PayCalls
from src.services.wechat.signing import Merchant
from tests.factories.pay_clients import calls_to, merchant_of

Credentials = dict[str, str]


@pytest.fixture
def wechat(sandbox: RunningSandbox) -> RunningSandbox:
    command(sandbox, "reset")
    return sandbox


@pytest.fixture
def calls(wechat: RunningSandbox) -> PayCalls:
    return calls_to(wechat.url, standby_url=wechat.standby_url)


@pytest.fixture(scope="module")
def older(running_wechat: RunningSandbox) -> Credentials:
    """The credentials of a merchant that has certificates only."""
    return account(running_wechat, "certificates")


def command(sandbox: RunningSandbox, path: str, **body: Any) -> Any:
    answer = requests.post(f"{sandbox.url}/__sandbox__/{path}", json=body, timeout=10)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def account(sandbox: RunningSandbox, keys: str) -> Credentials:
    made: Credentials = command(sandbox, "accounts", keys=keys)
    return made


def download(calls: PayCalls, merchant: Merchant) -> list[PlatformCertificate]:
    return CertificateClient(calls).download(merchant)


def knowing(credentials: Credentials, found: list[PlatformCertificate]) -> Merchant:
    return merchant_of(credentials, {each.serial: each.public_key for each in found})


def test_the_first_download_needs_no_key(calls: PayCalls, older: Credentials) -> None:
    assert "wechatpayPublicKeyId" not in older
    (certificate,) = download(calls, merchant_of(older))
    assert certificate.effective_at < certificate.expires_at
    assert int(certificate.serial, 16) > 0


def test_a_renewed_certificate_is_beside_the_old_one(wechat: RunningSandbox, calls: PayCalls) -> None:
    merchant = account(wechat, "certificates")
    known = knowing(merchant, download(calls, merchant_of(merchant)))
    serials = command(wechat, "keys", appid=merchant["appid"], renewCertificate=True)["certificates"]
    assert [each.serial for each in download(calls, known)] == serials
    assert len(set(serials)) == 2


@pytest.mark.parametrize("keys", ["public_key", "both"])
def test_the_answer_may_be_signed_with_the_public_key(wechat: RunningSandbox, calls: PayCalls, keys: str) -> None:
    found = download(calls, merchant_of(account(wechat, keys)))
    assert len(found) == (1 if keys == "both" else 0)


@pytest.mark.parametrize("kind", ["unsigned", "forged", "signtest", "stale", "future", "unknown_serial"])
@pytest.mark.parametrize("is_first", [True, False])
def test_certificates_that_wechat_did_not_sign_for(
    wechat: RunningSandbox, calls: PayCalls, older: Credentials, kind: str, is_first: bool
) -> None:
    merchant = merchant_of(older) if is_first else knowing(older, download(calls, merchant_of(older)))
    command(wechat, "faults", endpoint="certificates", kind=kind)
    with pytest.raises(OutcomeUnknown, match="signature"):
        download(calls, merchant)


@pytest.mark.parametrize("kind", ["system_error", "too_many_requests", "reset_after", "garbage", "html"])
def test_an_answer_that_is_none(wechat: RunningSandbox, calls: PayCalls, older: Credentials, kind: str) -> None:
    command(wechat, "faults", endpoint="certificates", kind=kind)
    with pytest.raises(OutcomeUnknown):
        download(calls, merchant_of(older))


def test_a_refusal_is_not_taken_for_having_none(wechat: RunningSandbox, calls: PayCalls, older: Credentials) -> None:
    command(wechat, "faults", endpoint="certificates", kind="error", status=401, code="SIGN_ERROR")
    with pytest.raises(PayError):
        download(calls, merchant_of(older))


def test_another_api_v3_key_opens_nothing(calls: PayCalls, older: Credentials) -> None:
    with pytest.raises(OutcomeUnknown, match="APIv3 key"):
        download(calls, merchant_of({**older, "apiV3Key": "0" * 32}))


def test_the_standby_host_has_them_too(wechat: RunningSandbox, calls: PayCalls, older: Credentials) -> None:
    command(wechat, "faults", endpoint="certificates", kind="bad_gateway", host="primary")
    assert len(download(calls, merchant_of(older))) == 1
    assert wechat.state.calls["certificates"].count == 2
