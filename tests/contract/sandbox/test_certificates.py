"""Platform certificates and public key side by side: who signs what."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ecosystem.sandbox.server import RunningSandbox, running_sandbox
from tests.contract.sandbox.backend import Backend
from tests.contract.sandbox.client import Control, Merchant, MiniProgram

Make = Callable[[str], Merchant]


@pytest.fixture(scope="module")
def migrating() -> Iterator[RunningSandbox]:
    """A sandbox whose accounts may be added to."""
    with running_sandbox(notification_timeout_s=1.0) as sandbox:
        yield sandbox


@pytest.fixture
def control(migrating: RunningSandbox) -> Control:
    migrating.state.reset()
    migrating.faults.active.clear()
    return Control(migrating.url)


@pytest.fixture
def make(control: Control) -> Make:
    """Make the merchant of a new account with such keys."""
    return lambda keys: Merchant(control.url, control.post("accounts", keys=keys))


def verifies(key: Any, headers: Any, body: bytes) -> bool:
    assert isinstance(key, RSAPublicKey)
    message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode() + body + b"\n"
    try:
        key.verify(base64.b64decode(headers["Wechatpay-Signature"]), message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def public_key(merchant: Merchant) -> Any:
    return load_pem_public_key(merchant.credentials["wechatpayPublicKey"].encode())


def told(control: Control, merchant: Merchant, backend: Backend) -> None:
    """Have a payment of this merchant notified to `backend`."""
    user, appid = control.user(), merchant.credentials["appid"]
    openid = MiniProgram(merchant.url, merchant.credentials).openid(control, user)
    order = merchant.order(openid, notify_url=backend.notify_url)
    fields = merchant.payment_fields(merchant.prepay(order).json()["prepay_id"])
    assert control.pay(user, {**fields, "appid": appid}) == "requestPayment:ok"
    control.advance(0)


def test_keys_there_are_not(control: Control) -> None:
    answer = control.call("POST", "accounts", keys="secret")
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_credentials_hold_what_such_a_merchant_has(make: Make) -> None:
    public = {"wechatpayPublicKeyId", "wechatpayPublicKey"}
    held = {keys: make(keys).credentials.keys() & public for keys in ("public_key", "certificates", "both")}
    assert held == {"public_key": public, "certificates": set(), "both": public}


def test_a_merchant_with_a_public_key_has_no_certificates(make: Make) -> None:
    answer = make("public_key").call("GET", "/v3/certificates")
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")


def test_certificates_are_for_the_merchant_who_signs(make: Make) -> None:
    merchant = make("certificates")
    answer = merchant.call("GET", "/v3/certificates", Authorization="")
    assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR")
    assert merchant.call("GET", "/v3/certificates?algorithm_type=DSA").json()["code"] == "PARAM_ERROR"
    assert merchant.call("POST", "/v3/certificates", "{}").status_code == 405


@pytest.mark.parametrize("keys", ["certificates", "both"])
def test_a_certificate_is_sealed_and_of_five_years(make: Make, keys: str) -> None:
    merchant = make(keys)
    answer = merchant.call("GET", "/v3/certificates")
    [entry] = answer.json()["data"]
    assert (entry["encrypt_certificate"]["algorithm"], entry["encrypt_certificate"]["associated_data"]) == (
        "AEAD_AES_256_GCM",
        "certificate",
    )
    certificate = merchant.unseal(entry["encrypt_certificate"])
    assert entry["serial_no"] == f"{certificate.serial_number:040X}"
    assert datetime.fromisoformat(entry["effective_time"]) == certificate.not_valid_before_utc
    assert datetime.fromisoformat(entry["expire_time"]) == certificate.not_valid_after_utc
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=1825)
    assert answer.headers["Wechatpay-Serial"] == entry["serial_no"]
    assert verifies(certificate.public_key(), answer.headers, answer.content)


def test_there_are_rsa_certificates_only(make: Make) -> None:
    merchant = make("certificates")
    assert merchant.certificates().keys() == merchant.certificates("?algorithm_type=ALL").keys()
    assert merchant.certificates("?algorithm_type=SM2") == {}


def test_an_expired_certificate_is_not_shown(control: Control, make: Make) -> None:
    merchant = make("certificates")
    control.advance(5 * 365 * 24 * 3600)
    assert merchant.certificates() == {}


def test_an_answer_is_signed_by_the_key_the_request_names(make: Make) -> None:
    merchant = make("both")
    [(serial, certificate)] = merchant.certificates().items()
    key_id = merchant.credentials["wechatpayPublicKeyId"]
    expected = {serial: (serial, certificate.public_key()), key_id: (key_id, public_key(merchant))}
    for asked in (serial, key_id, "", "UNKNOWN"):
        answer = merchant.call("GET", "/v3/certificates", **{"Wechatpay-Serial": asked})
        named, key = expected.get(asked, expected[serial])
        assert (answer.headers["Wechatpay-Serial"], verifies(key, answer.headers, answer.content)) == (named, True)


def test_a_key_the_merchant_has_not_signs_nothing(make: Make) -> None:
    merchant, neighbour = make("certificates"), make("both")
    [own] = merchant.certificates()
    for foreign in (*neighbour.certificates(), neighbour.credentials["wechatpayPublicKeyId"]):
        answer = merchant.call("GET", "/v3/certificates", **{"Wechatpay-Serial": foreign})
        assert answer.headers["Wechatpay-Serial"] == own


def test_notifications_of_a_migrating_merchant_are_signed_by_turns(
    control: Control, make: Make, backend: Backend
) -> None:
    merchant = make("both")
    [(serial, certificate)] = merchant.certificates().items()
    keys = {serial: certificate.public_key(), merchant.credentials["wechatpayPublicKeyId"]: public_key(merchant)}
    for _ in range(4):
        told(control, merchant, backend)
    serials = [headers["Wechatpay-Serial"] for headers, _ in backend.received]
    assert serials[:2] == serials[2:] and set(serials) == keys.keys()
    assert all(verifies(keys[headers["Wechatpay-Serial"]], headers, body) for headers, body in backend.received)


@pytest.mark.parametrize("callbacks", ["public_key", "certificate"])
def test_the_migration_stands_where_it_is_put(control: Control, make: Make, backend: Backend, callbacks: str) -> None:
    merchant = make("both")
    [serial] = merchant.certificates()
    expected = {"public_key": merchant.credentials["wechatpayPublicKeyId"], "certificate": serial}[callbacks]
    answer = control.post("keys", appid=merchant.credentials["appid"], callbacks=callbacks)
    assert answer == {"callbacks": callbacks, "certificates": [serial]}
    for _ in range(2):
        told(control, merchant, backend)
    assert [headers["Wechatpay-Serial"] for headers, _ in backend.received] == [expected] * 2


def test_keys_an_account_has_not_cannot_be_chosen(control: Control, make: Make) -> None:
    public, certified = (make(keys).credentials["appid"] for keys in ("public_key", "certificates"))
    refused = [
        control.call("POST", "keys", appid=public, callbacks="certificate"),
        control.call("POST", "keys", appid=public, renewCertificate=True),
        control.call("POST", "keys", appid=certified, callbacks="mixed"),
        control.call("POST", "keys", appid=certified, callbacks="odd"),
        control.call("POST", "keys", appid="wx0"),
    ]
    assert [answer.status_code for answer in refused] == [409, 409, 409, 400, 404]


def test_a_new_certificate_signs_from_now_on_and_the_old_one_stays(
    control: Control, make: Make, backend: Backend
) -> None:
    merchant = make("certificates")
    [old] = merchant.certificates()
    renewed = control.post("keys", appid=merchant.credentials["appid"], renewCertificate=True)["certificates"]
    assert (list(merchant.certificates()), renewed[0], len(renewed)) == (renewed, old, 2)
    told(control, merchant, backend)
    assert backend.received[0][0]["Wechatpay-Serial"] == renewed[1]
    asked = merchant.call("GET", "/v3/certificates", **{"Wechatpay-Serial": old})
    assert asked.headers["Wechatpay-Serial"] == old


def test_an_unknown_serial_is_of_the_same_kind(control: Control, make: Make) -> None:
    merchant = make("certificates")
    control.fault("certificates", "unknown_serial")
    serial = merchant.call("GET", "/v3/certificates").headers["Wechatpay-Serial"]
    assert (len(serial), serial in merchant.certificates(), serial.startswith("PUB_KEY")) == (40, False, False)


def test_certificates_outlast_the_process(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        account = sandbox.state.accounts.add("both")
        sandbox.state.accounts.renew_certificate(account)
    with running_sandbox(tmp_path) as again:
        kept = again.state.accounts.by_appid(account.appid)
        assert kept is not None
        assert kept.credentials() == account.credentials()
        assert [each.serial for each in kept.certificates] == [each.serial for each in account.certificates]


def test_accounts_of_before_there_were_certificates_are_read(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        credentials = sandbox.credentials
    [account] = json.loads((tmp_path / "accounts.json").read_text())
    older = {name: value for name, value in account.items() if name not in {"keys", "certificates"}}
    (tmp_path / "accounts.json").write_text(json.dumps([older]))
    with running_sandbox(tmp_path) as again:
        assert again.credentials == credentials
