"""POST /wxa/getwxacodeunlimit: the bytes of a picture, or an errcode in JSON."""

import json
import re
from collections.abc import Mapping
from typing import Any

from ecosystem.sandbox.clock import rfc3339
from ecosystem.sandbox.messages import Request, Response
from ecosystem.sandbox.mini_program_errors import MiniProgramError
from ecosystem.sandbox.png import picture_of
from ecosystem.sandbox.posted import authorized
from ecosystem.sandbox.state import State

LONGEST_SCENE = 32
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
PAGE = re.compile(r"[0-9A-Za-z_-]+(/[0-9A-Za-z_-]+)*")
VERSIONS = ("release", "trial", "develop")
NARROWEST, USUAL_WIDTH, WIDEST = 280, 430, 1280


def get_code(state: State, request: Request) -> Response:
    """Answer a PNG, the same for the same app and parameters; no camera can read it.

    Source: mini-program, getUnlimitedQRCode.
    """
    account, body = authorized(state, request)
    width = _width(body.get("width", USUAL_WIDTH))
    code = {
        "scene": _scene(body.get("scene")),
        "page": _page(body.get("page")),
        "checkPath": _flag(body, "check_path", True),
        "envVersion": _version(body.get("env_version", "release")),
        "width": width,
        "autoColor": _flag(body, "auto_color", False),
        "lineColor": _color(body.get("line_color")),
        "isHyaline": _flag(body, "is_hyaline", False),
    }
    state.program_codes.append({"appid": account.appid, "at": rfc3339(state.clock.now()), **code})
    content = json.dumps([account.appid, code], sort_keys=True).encode()
    return Response(200, picture_of(content, width), {"Content-Type": "image/png"})


def _scene(scene: Any) -> str:
    if not isinstance(scene, str) or not 1 <= len(scene) <= LONGEST_SCENE:
        raise MiniProgramError(40169)
    if not SCENE.fullmatch(scene):
        raise MiniProgramError(40129)
    return scene


def _page(page: Any) -> str | None:
    """A page without leading slash and without query; the home page when it is left out."""
    if page is not None and (not isinstance(page, str) or not PAGE.fullmatch(page)):
        raise MiniProgramError(41030)
    return page


def _version(version: Any) -> str:
    if version not in VERSIONS:
        raise MiniProgramError(40097)
    return str(version)


def _width(width: Any) -> int:
    if type(width) is not int or not NARROWEST <= width <= WIDEST:
        raise MiniProgramError(40097)
    return width


def _flag(body: Mapping[str, Any], name: str, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise MiniProgramError(40097)
    return value


def _color(color: Any) -> dict[str, int] | None:
    """Numbers from 0 to 255; as text they are taken too."""
    if color is None:
        return None
    try:
        rgb = {name: int(color[name]) for name in ("r", "g", "b")}
    except (TypeError, KeyError, ValueError, OverflowError):
        raise MiniProgramError(40097) from None
    if not all(0 <= value <= 255 for value in rgb.values()):
        raise MiniProgramError(40097)
    return rgb
