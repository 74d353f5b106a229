"""Control of order shipping: when payments arrive there, and users who confirm the receipt."""

from ecosystem.sandbox.arguments import Arguments, ControlError
from ecosystem.sandbox.chosen import chosen_account, chosen_user
from ecosystem.sandbox.messages import Response
from ecosystem.sandbox.shipments import OrderState
from ecosystem.sandbox.shipping_pushes import await_settlement
from ecosystem.sandbox.state import State


class ShippingControl:
    """The calls about shipped orders."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.routes = (
            ("POST", "shipping/visibility", self._visibility),
            ("POST", "users/([^/]+)/confirm-receipt", self._confirm_receipt),
        )

    def _visibility(self, arguments: Arguments) -> Response:
        seconds = arguments.number("seconds")
        arguments.finish()
        with self._state.lock:
            self._state.shipments.visible_after_s = seconds
        return Response(204)

    def _confirm_receipt(self, arguments: Arguments, user_id: str) -> Response:
        out_trade_no = arguments.required_text("outTradeNo")
        account = chosen_account(self._state, arguments)
        arguments.finish()
        with self._state.lock:
            user, now = chosen_user(self._state, user_id), self._state.clock.now()
            order = self._state.orders.find(account.mchid, out_trade_no)
            if order is None or order.payer.id != user.id or not order.transaction_id:
                raise ControlError(404, f"{user_id} has paid no order {out_trade_no}")
            shipment = self._state.shipments.of(order)
            if shipment.state(self._state.is_refunded(order), now) is not OrderState.SHIPPED:
                raise ControlError(409, f"order {out_trade_no} is not waiting for its receipt to be confirmed")
            shipment.confirmed_by_user_at = now
            await_settlement(self._state, shipment)
        return Response(204)
