"""Control of keys: which of them sign notifications, and new certificates."""

from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.chosen import chosen_account
from ecosystem.sandbox.messages import Response, json_response
from ecosystem.sandbox.signers import CALLBACK_KEYS
from ecosystem.sandbox.state import State


class KeyControl:
    """The call keys."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.routes = (("POST", "keys", self._set),)

    def _set(self, arguments: Arguments) -> Response:
        account = chosen_account(self._state, arguments)
        callbacks = arguments.choice("callbacks", CALLBACK_KEYS["both"], None)
        renew = arguments.flag("renewCertificate")
        arguments.finish()
        if callbacks not in (None, *CALLBACK_KEYS[account.keys]):
            raise ControlError(409, f"an account with keys {account.keys} has no {callbacks} callbacks")
        if renew and not account.certificates:
            raise ControlError(409, "this account has no certificates")
        with self._state.lock:
            if renew:
                self._state.accounts.renew_certificate(account)
            if callbacks is not None:
                self._state.callback_keys[account.appid] = callbacks
            serials = [certificate.serial for certificate in account.certificates]
            return json_response({"callbacks": self._state.callbacks_of(account), "certificates": serials})
