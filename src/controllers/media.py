"""Pictures from the media folder, where no nginx stands in front."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, send_from_directory

blueprint = Blueprint("media", __name__, url_prefix="/media")

_MAX_AGE_S = 86_400


@blueprint.get("/<path:name>")
def media(name: str) -> Response:
    """Sends one file. An SVG may draw, but nothing in it may run."""
    response = send_from_directory(current_app.config["MEDIA_DIR"], name, max_age=_MAX_AGE_S)
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
