"""The clients of WeChat's two hosts, wired."""

from __future__ import annotations

from dataclasses import dataclass
from threading import BoundedSemaphore

from config.settings import Settings
from src.services.shared_tokens import StoredTokens
from src.services.wechat.access_token import WeChatTokens
from src.services.wechat.bills import BillClient
from src.services.wechat.certificates import CertificateClient
from src.services.wechat.codes import CodeClient
from src.services.wechat.content_security import ContentSecurityClient
from src.services.wechat.mini_program import MiniProgramClient
from src.services.wechat.pay import PayClient
from src.services.wechat.pay_calls import PayCalls
from src.services.wechat.refunds import RefundClient
from src.services.wechat.shipping import ShippingClient
from src.services.wechat.subscribe import SubscribeClient
from src.services.wechat.transport import Transport
from src.utils.clock import Clock
from src.utils.encryption import FieldCipher

_THREADS_KEPT_FREE = 2


@dataclass(frozen=True)
class MiniProgramClients:
    """What the mini program's host does; all share one access token per app."""

    mini_program: MiniProgramClient
    content_security: ContentSecurityClient
    subscribe: SubscribeClient
    shipping: ShippingClient
    codes: CodeClient


@dataclass(frozen=True)
class PayClients:
    """What WeChat Pay's host does."""

    pay: PayClient
    refunds: RefundClient
    bills: BillClient
    certificates: CertificateClient


@dataclass(frozen=True)
class WeChatClients:
    program: MiniProgramClients
    pay: PayClients


def wire_wechat(settings: Settings, *, cipher: FieldCipher, clock: Clock) -> WeChatClients:
    # However slow WeChat is, some threads stay free for everything else.
    slots = BoundedSemaphore(max(1, settings.web_threads - _THREADS_KEPT_FREE))
    program = _transport(settings, settings.wechat_api_url, slots)
    pay = _transport(settings, settings.wechat_pay_url, slots, standby_url=settings.wechat_pay_standby_url)
    tokens = WeChatTokens(transport=program, shared=StoredTokens(cipher=cipher, clock=clock), clock=clock)
    return WeChatClients(_program_clients(program, tokens), _pay_clients(PayCalls(transport=pay, clock=clock)))


def _program_clients(transport: Transport, access_tokens: WeChatTokens) -> MiniProgramClients:
    return MiniProgramClients(
        mini_program=MiniProgramClient(transport=transport, access_tokens=access_tokens),
        content_security=ContentSecurityClient(transport=transport, access_tokens=access_tokens),
        subscribe=SubscribeClient(transport=transport, access_tokens=access_tokens),
        shipping=ShippingClient(transport=transport, access_tokens=access_tokens),
        codes=CodeClient(transport=transport, access_tokens=access_tokens),
    )


def _pay_clients(calls: PayCalls) -> PayClients:
    return PayClients(
        pay=PayClient(calls),
        refunds=RefundClient(calls),
        bills=BillClient(calls),
        certificates=CertificateClient(calls),
    )


def _transport(
    settings: Settings, base_url: str, slots: BoundedSemaphore, *, standby_url: str | None = None
) -> Transport:
    return Transport(
        base_url,
        standby_url=standby_url,
        connect_timeout_s=settings.wechat_connect_timeout_s,
        read_timeout_s=settings.wechat_read_timeout_s,
        pool_size=settings.web_threads,
        slots=slots,
    )
