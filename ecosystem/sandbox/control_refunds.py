"""Control of refunds: how they will end, and ending one now."""

from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.chosen import chosen_account
from ecosystem.sandbox.ledger import dump_refund
from ecosystem.sandbox.messages import Response, json_response
from ecosystem.sandbox.refunding import end_refund
from ecosystem.sandbox.refunds import OUTCOMES, Plan
from ecosystem.sandbox.state import State


class RefundControl:
    """The calls under refunds/."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.routes = (
            ("POST", "refunds/plan", self._plan),
            ("POST", "refunds/([^/]+)/settle", self._settle),
        )

    def _plan(self, arguments: Arguments) -> Response:
        number = arguments.text("outRefundNo")
        outcome = arguments.choice("outcome", OUTCOMES, "SUCCESS") or "SUCCESS"
        plan = Plan(outcome, arguments.number_or_null("afterSeconds", Plan().after_s))
        arguments.finish()
        with self._state.lock:
            if number is None:
                self._state.refund_plans.for_all = plan
            else:
                self._state.refund_plans.by_number[number] = plan
        return Response(204)

    def _settle(self, arguments: Arguments, out_refund_no: str) -> Response:
        outcome = arguments.choice("outcome", OUTCOMES, "SUCCESS") or "SUCCESS"
        account = chosen_account(self._state, arguments)
        arguments.finish()
        with self._state.lock:
            refund = self._state.refunds.find(account.mchid, out_refund_no)
            if refund is None:
                raise ControlError(404, f"no refund {out_refund_no}")
            try:
                end_refund(self._state, refund, outcome)
            except ValueError as error:
                raise ControlError(409, str(error)) from None
            return json_response(dump_refund(refund))
