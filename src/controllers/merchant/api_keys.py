"""API keys of the store: how other programs call these routes."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.api_keys import ApiKeyIn, ApiKeyListOut, IssuedKeyOut
from src.middleware.context import services, staff_member
from src.services.staff.api_keys import IssuedKey, NewApiKey
from src.utils.errors import NotFound, TooManyApiKeys

blueprint = Blueprint("api_keys", __name__, url_prefix="/api/merchant/api-keys", description="Access for programs")


@blueprint.route("")
class ApiKeysView(MethodView):
    @blueprint.operation("listApiKeys")
    @blueprint.response(200, ApiKeyListOut)
    def get(self) -> Any:
        """List the store's API keys, the oldest first

        With scopes, end and last use; of the keys themselves only their beginnings.
        """
        return {"list": services().staff.api_keys.list_all(staff_member())}

    @blueprint.operation("createApiKey", TooManyApiKeys)
    @blueprint.arguments(ApiKeyIn)
    @blueprint.response(201, IssuedKeyOut)
    def post(self, body: NewApiKey) -> IssuedKey:
        """Make an API key

        The key is in this answer and in no other one. It works as long as the member who made it does, for what is in
        its scopes and what that member may do.
        """
        return services().staff.api_keys.create(staff_member(), body)


@blueprint.route("/<id:key_id>")
class ApiKeyView(MethodView):
    @blueprint.operation("revokeApiKey", NotFound)
    @blueprint.response(200)
    def delete(self, key_id: ObjectId) -> None:
        """Revoke an API key

        It is refused at its next call.
        """
        services().staff.api_keys.revoke(staff_member(), key_id)
