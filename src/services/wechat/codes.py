"""Mini-program codes: round pictures that open a page."""

from __future__ import annotations

from src.services.wechat.access_token import WeChatTokens
from src.services.wechat.errors import OutcomeUnknown
from src.services.wechat.mini_program import MiniProgram
from src.services.wechat.mini_program_call import call_for_bytes
from src.services.wechat.transport import Transport

_PATH = "/wxa/getwxacodeunlimit"
_MIMETYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class CodeClient:
    """Makes codes, of which there may be any number."""

    def __init__(self, *, transport: Transport, access_tokens: WeChatTokens) -> None:
        self._transport = transport
        self._access_tokens = access_tokens

    def make(self, app: MiniProgram, *, scene: str, page: str) -> bytes:
        """Returns the picture of a code that opens `page` with `scene`, at most 32 characters of plain ASCII.

        Raises:
            MiniProgramError: refused, 41030 if no published version has the page. OutcomeUnknown: no usable answer.
        Source: Mini Program server API, getUnlimitedQRCode.
        """
        picture = self._access_tokens.use(
            app.appid,
            app.app_secret,
            lambda token: call_for_bytes(
                self._transport, f"{_PATH}?access_token={token}", {"scene": scene, "page": page}
            ),
        )
        mimetype_of(picture)
        return picture


def mimetype_of(picture: bytes) -> str:
    """Returns `image/png` or `image/jpeg`; WeChat sends either. Raises OutcomeUnknown for anything else."""
    for beginning, mimetype in _MIMETYPES.items():
        if picture.startswith(beginning):
            return mimetype
    raise OutcomeUnknown("not a picture")
