"""Control of open data: what wx.getUserInfo and the like would hand over."""

import base64
import json
import secrets
from typing import Any

from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.chosen import chosen_account, chosen_user
from ecosystem.sandbox.messages import Response, json_response
from ecosystem.sandbox.state import State
from ecosystem.sandbox.user_data import BLOCK, encrypted_data, raw_data_signature


class UserDataControl:
    """The call users/{id}/encrypted-data."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.routes = (("POST", "users/([^/]+)/encrypted-data", self._encrypted_data),)

    def _encrypted_data(self, arguments: Arguments, user_id: str) -> Response:
        account, data = chosen_account(self._state, arguments), arguments.anything("data")
        arguments.finish()
        if not isinstance(data, dict):
            raise ControlError(400, "data must be an object")
        with self._state.lock:
            user = chosen_user(self._state, user_id)
            session_key = self._state.sessions.keys_of(user.id).get(account.appid)
            if not session_key:
                raise ControlError(409, f"{user_id} has not logged in to {account.appid}")
            watermark = {"timestamp": int(self._state.clock.now()), "appid": account.appid}
        return json_response(_sealed(session_key, data, {**data, "watermark": watermark}))


def _sealed(session_key: str, data: dict[str, Any], marked: dict[str, Any]) -> dict[str, str]:
    iv, raw_data = secrets.token_bytes(BLOCK), json.dumps(data, ensure_ascii=False)
    return {
        "rawData": raw_data,
        "signature": raw_data_signature(session_key, raw_data),
        "encryptedData": encrypted_data(session_key, iv, json.dumps(marked, ensure_ascii=False).encode()),
        "iv": base64.b64encode(iv).decode(),
    }
