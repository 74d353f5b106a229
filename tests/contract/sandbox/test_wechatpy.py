"""wechatpy, written by others, reads what the sandbox sends: pushes in both modes, encryptedData."""

import json
import secrets
import string
from typing import Any

import pytest
from wechatpy.crypto import WeChatCrypto, WeChatWxaCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import check_signature, check_wxa_signature

from tests.contract.sandbox.client import Control, MiniProgram
from tests.contract.sandbox.push_backend import PushBackend

TOKEN = "Token123"
EVENT = {"Event": "wxa_media_check", "trace_id": "t", "msg": "审核结果"}


@pytest.fixture
def aes_key() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(43))


@pytest.fixture
def secure(control: Control, push_backend: PushBackend, aes_key: str) -> PushBackend:
    control.post("push", url=push_backend.url, token=TOKEN, aesKey=aes_key, mode="secure")
    return push_backend


def read(crypto: WeChatCrypto, query: dict[str, str], body: bytes) -> Any:
    """Return the event; wechatpy takes the envelope of secure messages as XML only."""
    envelope = f"<xml><Encrypt><![CDATA[{json.loads(body)['Encrypt']}]]></Encrypt></xml>"
    return json.loads(crypto.decrypt_message(envelope, query["msg_signature"], query["timestamp"], query["nonce"]))


# From 0 to 64 characters more, so that every length of the padding occurs.
@pytest.mark.parametrize("extra", range(0, 65, 4))
def test_secure_pushes_are_read(
    control: Control, program: MiniProgram, secure: PushBackend, aes_key: str, extra: int
) -> None:
    crypto = WeChatCrypto(TOKEN, aes_key, program.appid)
    for more in range(4):
        control.post("push/send", event={**EVENT, "more": "x" * (extra + more)})
    for more, (query, body) in enumerate(secure.received):
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        event = read(crypto, query, body)
        assert (event["msg"], len(event["more"])) == ("审核结果", extra + more)


def test_a_forged_push_is_refused(control: Control, program: MiniProgram, secure: PushBackend, aes_key: str) -> None:
    control.post("push/send", event=EVENT, flaw="forged")
    with pytest.raises(InvalidSignatureException):
        read(WeChatCrypto(TOKEN, aes_key, program.appid), *secure.received[0])


def test_a_push_for_another_app_is_refused(control: Control, secure: PushBackend, aes_key: str) -> None:
    control.post("push/send", event=EVENT)
    with pytest.raises(InvalidAppIdException):
        read(WeChatCrypto(TOKEN, aes_key, "wx0000000000000000"), *secure.received[0])


def test_a_garbled_push_cannot_be_read(
    control: Control, program: MiniProgram, secure: PushBackend, aes_key: str
) -> None:
    control.post("push/send", event=EVENT, flaw="garbled")
    with pytest.raises((ValueError, InvalidAppIdException, MemoryError)):
        read(WeChatCrypto(TOKEN, aes_key, program.appid), *secure.received[0])


@pytest.mark.parametrize("mode", ["plain", "secure"])
def test_the_verification_of_a_url_is_signed(
    control: Control, push_backend: PushBackend, aes_key: str, mode: str
) -> None:
    control.post("push", url=push_backend.url, token=TOKEN, aesKey=aes_key, mode=mode)
    assert control.post("push/verify")["verified"] is True
    [(query, _)] = push_backend.received
    check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])


@pytest.mark.parametrize("name", ["小满", "Xiǎomǎn 😀", "x" * 15, "x" * 16])
def test_encrypted_data_is_read(control: Control, program: MiniProgram, user: str, name: str) -> None:
    session_key = program.login(control.login_code(user)).json()["session_key"]
    sealed = control.post(f"users/{user}/encrypted-data", data={"nickName": name})
    data = WeChatWxaCrypto(session_key, sealed["iv"], program.appid).decrypt_message(sealed["encryptedData"])
    assert (data["nickName"], data["watermark"]["appid"]) == (name, program.appid)
    check_wxa_signature(session_key, sealed["rawData"], sealed["signature"])


def test_encrypted_data_is_bound_to_its_session(control: Control, program: MiniProgram, user: str) -> None:
    stale = program.login(control.login_code(user)).json()["session_key"]
    for _ in range(2):
        program.login(control.login_code(user))
    sealed = control.post(f"users/{user}/encrypted-data", data={"nickName": "小满"})
    with pytest.raises(ValueError):
        WeChatWxaCrypto(stale, sealed["iv"], program.appid).decrypt_message(sealed["encryptedData"])


def test_there_is_no_encrypted_data_before_login(control: Control, user: str) -> None:
    assert control.call("POST", f"users/{user}/encrypted-data", data={}).status_code == 409
    assert control.call("POST", f"users/{user}/encrypted-data", data="x").status_code == 400
    assert control.call("POST", "users/nobody/encrypted-data", data={}).status_code == 404
