"""Control of subscribe messages: what a user answers to wx.requestSubscribeMessage."""

from ecosystem.sandbox.arguments import Arguments
from ecosystem.sandbox.chosen import chosen_account, chosen_user
from ecosystem.sandbox.messages import Response, json_response
from ecosystem.sandbox.state import State
from ecosystem.sandbox.subscriptions import ACCEPTED, RESULTS
from ecosystem.sandbox.users import openid_of


class SubscriptionControl:
    """The call users/{id}/subscribe."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.routes = (("POST", "users/([^/]+)/subscribe", self._subscribe),)

    def _subscribe(self, arguments: Arguments, user_id: str) -> Response:
        template_id = arguments.required_text("templateId")
        result = arguments.choice("result", RESULTS, ACCEPTED) or ACCEPTED
        account = chosen_account(self._state, arguments)
        arguments.finish()
        with self._state.lock:
            openid = openid_of(chosen_user(self._state, user_id).id, account.appid)
            left = self._state.subscriptions.answer(account.appid, openid, template_id, result)
        return json_response({"left": left})
