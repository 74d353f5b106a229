"""The composition root."""

from __future__ import annotations

from pathlib import Path

import orjson
from flask import Flask

from config.settings import Settings
from src.commands.registration import register_commands
from src.controllers import ALL_BLUEPRINTS, BLUEPRINTS, UNDOCUMENTED
from src.controllers.api import Api
from src.controllers.path_ids import IdConverter
from src.middleware import pipeline
from src.middleware.policies import Policy
from src.services.registry import Services, build_services
from src.utils.logging import configure_logging
from src.utils.version import VERSION

_DESCRIPTION = """\
The backend of a WeChat mini-program shop.

Every answer is `{"code", "message", "data"}`; `code` 0 is success. Money is integer fen, ids are strings, times are
RFC 3339. `X-Store` names the store of an anonymous call. Errors: docs/errors.md.

**How a shopper buys:** `POST /api/auth/login` with the code of wx.login, `GET /api/categories` and `GET /api/products`,
`POST /api/orders` with an `Idempotency-Key`, `POST /api/orders/{orderId}/pay`, then wx.requestPayment with its answer.

**How a merchant starts:** whoever runs the platform makes a key (`flask platform-keys create`), the store
(`POST /api/tenants`) and its owner (`flask staff create`). The owner logs in (`POST /api/staff/login`) and invites
colleagues (`POST /api/merchant/staff/invitations`, then `POST /api/staff/accept`); docs/permissions.md says what each
role may do. Make categories (`POST /api/merchant/categories`), upload pictures (`POST /api/uploads/single`, as
wx.uploadFile does), create a product with its SKUs as a draft (`POST /api/products`), receive its goods
(`POST /api/merchant/skus/{skuId}/receive`) and put it on sale (`PUT /api/products/{productId}` with the `If-Match` of
what was read). Or bring a file: `GET /api/merchant/imports/templates/products`, `POST /api/merchant/imports`, read what
is wrong in it, `POST /api/merchant/imports/{importId}/run`. Orders are at `GET /api/merchant/orders`, figures at
`GET /api/merchant/statistics/overview`, what staff did at `GET /api/merchant/audit-log`. Programs use an API key
(`POST /api/merchant/api-keys`) in place of a staff token.
"""


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """Returns the application. Creates no index, starts no thread, touches no network."""
    configure_logging(settings.log_level, settings.log_format)
    app = Flask("minimall", static_folder=None)
    app.config.update(MEDIA_DIR=str(Path(settings.media_dir).absolute()), METRICS_DIR=settings.metrics_dir)
    app.extensions["minimall"] = services or build_services(settings)
    pipeline.install(app, settings, {blueprint.name: policy for blueprint, policy in ALL_BLUEPRINTS})
    _register_api(app)
    register_commands(app)
    return app


def openapi_document() -> bytes:
    """Returns the document that the application serves; it depends on no setting."""
    document: bytes = _bare_app().extensions["minimall-openapi"]
    return document


def documented_policies() -> dict[str, Policy]:
    """Returns the policy of each documented route, such as `GET /api/orders`."""
    policies = {blueprint.name: policy for blueprint, policy in BLUEPRINTS}
    return {
        f"{method} {rule.rule}": policies[rule.endpoint.partition(".")[0]]
        for rule in _bare_app().url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.endpoint.partition(".")[0] in policies
    }


def _bare_app() -> Flask:
    app = Flask("minimall", static_folder=None)
    _register_api(app)
    return app


def _register_api(app: Flask) -> None:
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False  # it would redirect, and to the Host that the client named
    app.config.update(API_TITLE="minimall", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    api = Api(app, description=_DESCRIPTION, license={"name": "MIT", "identifier": "MIT"})
    for blueprint, policy in BLUEPRINTS:
        blueprint.policy = policy
        api.register_blueprint(blueprint)
    for plain, _ in UNDOCUMENTED:
        app.register_blueprint(plain)
    app.extensions["minimall-openapi"] = orjson.dumps(api.spec.to_dict(), option=orjson.OPT_INDENT_2) + b"\n"
