"""Pictures from the media folder, where no nginx stands in front."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, current_app, send_from_directory

blueprint = Blueprint("media", __name__, url_prefix="/media")

_MAX_AGE_S = 86_400
_UPLOADED = re.compile(r"[0-9a-f]{24}/")


@blueprint.get("/<path:name>")
def media(name: str) -> Response:
    """Sends one file. An SVG may draw, but nothing in it may run; what is hidden is nobody's to see."""
    if any(part.startswith(".") for part in name.split("/")):  # what has just arrived lies there; `..` leads there
        abort(404)
    response = send_from_directory(current_app.config["MEDIA_DIR"], name, max_age=_MAX_AGE_S)
    if _UPLOADED.match(name):  # named after its content
        response.cache_control.max_age, response.cache_control.immutable = 31_536_000, True
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
