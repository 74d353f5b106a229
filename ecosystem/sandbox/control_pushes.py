"""Control of message push: where it goes, events on command, and how a media check ends."""

import base64
import binascii
import secrets

from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.chosen import chosen_account
from ecosystem.sandbox.content_security import end_media_check
from ecosystem.sandbox.delivery import Notifier
from ecosystem.sandbox.messages import Response, json_response
from ecosystem.sandbox.pushes import MODES, PUSH_FLAWS, Push, PushTarget, event_message, verification
from ecosystem.sandbox.sensitive_words import OUTCOMES
from ecosystem.sandbox.state import State
from ecosystem.sandbox.web_addresses import is_web_address

MOST_COPIES = 200
AES_KEY_LENGTH = 43


class PushControl:
    """The calls under push/ and media-checks/."""

    def __init__(self, state: State, notifier: Notifier) -> None:
        self._state = state
        self._notifier = notifier
        self.routes = (
            ("POST", "push", self._configure),
            ("POST", "push/verify", self._verify),
            ("POST", "push/send", self._send),
            ("POST", "media-checks/([^/]+)/settle", self._settle),
        )

    def _configure(self, arguments: Arguments) -> Response:
        account = chosen_account(self._state, arguments)
        mode = arguments.choice("mode", MODES, MODES[0]) or MODES[0]
        target = PushTarget(_url(arguments), arguments.required_text("token"), _aes_key(arguments, mode), mode)
        arguments.finish()
        with self._state.lock:
            self._state.push_targets[account.appid] = target
        return Response(204)

    def _verify(self, arguments: Arguments) -> Response:
        target = self._target(chosen_account(self._state, arguments).appid)
        arguments.finish()
        echo = str(secrets.randbelow(10**19))
        letter = verification(target, self._state.clock, echo)
        answer = self._notifier.ask(letter)
        verified = answer.status == 200 and answer.body == echo
        shown = {"status": answer.status, "body": answer.body, "error": answer.error}
        return json_response({"verified": verified, "url": letter.url, **shown})

    def _send(self, arguments: Arguments) -> Response:
        account = chosen_account(self._state, arguments)
        event = arguments.anything("event")
        copies = arguments.integer("copies", 1, 0, MOST_COPIES)
        flaw = arguments.choice("flaw", PUSH_FLAWS, None)
        arguments.finish()
        if not isinstance(event, dict):
            raise ControlError(400, "event must be an object")
        with self._state.lock:
            message = event_message(account, self._state.clock.now(), event)
            push = Push.on_command(account, self._target(account.appid), message)
            self._state.pushes[push.id] = push
            letter = push.letter(self._state.clock, flaw)
        attempts = self._notifier.deliver(push, letter, copies, flaw, genuine=flaw is None)
        sent = {"url": letter.url, "headers": letter.headers, "body": letter.body.decode()}
        answers = [{"status": each.status, "body": each.body, "error": each.error} for each in attempts]
        return json_response({"id": push.id, "sent": sent, "answers": answers})

    def _settle(self, arguments: Arguments, trace_id: str) -> Response:
        suggest = arguments.choice("suggest", tuple(OUTCOMES), "pass") or "pass"
        arguments.finish()
        with self._state.lock:
            check = self._state.security_checks.find(trace_id)
            if check is None or check.kind != "media":
                raise ControlError(404, f"no media check {trace_id}")
            if check.judgement is not None:
                raise ControlError(409, f"media check {trace_id} has ended as {check.judgement.suggest}")
            end_media_check(self._state, check, OUTCOMES[suggest])
        return Response(204)

    def _target(self, appid: str) -> PushTarget:
        target = self._state.push_targets.get(appid)
        if target is None:
            raise ControlError(409, f"{appid} has no push URL; set one with POST push")
        return target


def _url(arguments: Arguments) -> str:
    url = arguments.required_text("url")
    if not is_web_address(url):
        raise ControlError(400, "url must be an http or https address")
    return url


def _aes_key(arguments: Arguments, mode: str) -> str | None:
    """Take `aesKey`, an EncodingAESKey; the secure mode cannot do without."""
    aes_key = arguments.text("aesKey")
    if aes_key is None and mode == "secure":
        raise ControlError(400, "aesKey is required in secure mode")
    if aes_key is not None and not _is_aes_key(aes_key):
        raise ControlError(400, f"aesKey must be {AES_KEY_LENGTH} letters and digits")
    return aes_key


def _is_aes_key(text: str) -> bool:
    try:
        return len(text) == AES_KEY_LENGTH and len(base64.b64decode(text + "=", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
