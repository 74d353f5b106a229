"""Which messages a shopper has accepted in wx.requestSubscribeMessage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from src.models.message_grants import MessageGrant
from src.models.stores import Store
from src.services.accounts.callers import Shopper
from src.services.messages.values import MessageKind
from src.utils.clock import Clock

# Accepts that we count per template; more would only be a mistake of the client.
MOST_GRANTS = 20
# Other results, known or new, grant nothing.
_ACCEPTED = frozenset({"accept", "acceptWithAlert", "acceptWithAudio", "acceptWithForcePush"})


@dataclass(frozen=True)
class Template:
    """A template that the mini-program may ask for. `left`: how many messages the shopper still takes."""

    event: MessageKind
    template_id: str
    left: int


class Subscriptions:
    """Keeps what shoppers say; one accept is one message."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def templates(self, store: Store, shopper: Shopper) -> list[Template]:
        """Returns the templates that the store has set up, with what the shopper has granted."""
        left = MessageGrant.left_by_template(shopper.store_id, shopper.user_id)
        ids = {MessageKind(kind): str(one["template_id"]) for kind, one in sorted(store.message_templates.items())}
        return [Template(kind, template_id, left.get(template_id, 0)) for kind, template_id in ids.items()]

    def record(self, store: Store, shopper: Shopper, results: Mapping[str, str]) -> list[Template]:
        """Counts each accept of a template of this store; what WeChat's client says of others is nothing to us."""
        known = {str(one["template_id"]) for one in store.message_templates.values()}
        for template_id in known & {asked for asked, result in results.items() if result in _ACCEPTED}:
            MessageGrant.add(shopper.store_id, shopper.user_id, template_id, limit=MOST_GRANTS, now=self._clock.now())
        return self.templates(store, shopper)
