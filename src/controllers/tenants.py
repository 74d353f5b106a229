"""Stores, administered with a platform key."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.tenants import (
    SuspendIn,
    TenantDetailOut,
    TenantIn,
    TenantPageOut,
    TenantQuery,
    TenantSettingsIn,
    UsageOut,
    UsageQuery,
)
from src.middleware.context import platform_operator, services
from src.utils.errors import NotFound, StoreHasPayments, StoreStateConflict, StoreTaken, WeChatUnavailable

blueprint = Blueprint("tenants", __name__, url_prefix="/api/tenants", description="Stores, for the platform")


@blueprint.route("")
class TenantsView(MethodView):
    @blueprint.operation("listTenants")
    @blueprint.arguments(TenantQuery, location="query")
    @blueprint.response(200, TenantPageOut)
    def get(self, query: dict[str, Any]) -> Any:
        """List the stores, the newest first

        In pages, of one status, or with a word in the code or the name.
        """
        return services().tenants.page(**query)

    @blueprint.operation("createTenant", StoreTaken, WeChatUnavailable)
    @blueprint.arguments(TenantIn)
    @blueprint.response(201, TenantDetailOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Make a store

        Secrets are sealed before they are stored, and no answer shows them.
        """
        return services().tenants.create(platform_operator(), body)


@blueprint.route("/<id:tenant_id>")
class TenantView(MethodView):
    @blueprint.operation("getTenant", NotFound)
    @blueprint.response(200, TenantDetailOut)
    def get(self, tenant_id: ObjectId) -> Any:
        """Read a store with its settings; of secrets, which ones it has

        Secrets are never shown.
        """
        return services().tenants.get(tenant_id)


@blueprint.route("/<id:tenant_id>/settings")
class TenantSettingsView(MethodView):
    @blueprint.operation("editTenantSettings", NotFound, StoreTaken, StoreHasPayments, WeChatUnavailable)
    @blueprint.arguments(TenantSettingsIn)
    @blueprint.response(200, TenantDetailOut)
    def put(self, body: dict[str, Any], tenant_id: ObjectId) -> Any:
        """Change the settings that are given

        All processes use them within five seconds.
        """
        return services().tenants.edit(platform_operator(), tenant_id, body)


@blueprint.route("/<id:tenant_id>/usage")
class TenantUsageView(MethodView):
    @blueprint.operation("getTenantUsage", NotFound)
    @blueprint.arguments(UsageQuery, location="query")
    @blueprint.response(200, UsageOut)
    def get(self, query: dict[str, Any], tenant_id: ObjectId) -> Any:
        """Read what the store used, by days of its time zone

        Thirty days up to today if no days are given.
        """
        return {"list": services().tenants.usage(tenant_id, **query)}


@blueprint.route("/<id:tenant_id>/suspend")
class TenantSuspensionView(MethodView):
    @blueprint.operation("suspendTenant", NotFound, StoreStateConflict)
    @blueprint.arguments(SuspendIn)
    @blueprint.response(200, TenantDetailOut)
    def post(self, body: dict[str, Any], tenant_id: ObjectId) -> Any:
        """Suspend a store

        Within five seconds its shoppers and staff are refused with 40302. Payments under way, refunds and
        reconciliation go on.
        """
        return services().tenants.suspend(platform_operator(), tenant_id, body["reason"])


@blueprint.route("/<id:tenant_id>/resume")
class TenantResumptionView(MethodView):
    @blueprint.operation("resumeTenant", NotFound, StoreStateConflict)
    @blueprint.arguments(NoArguments)
    @blueprint.response(200, TenantDetailOut)
    def post(self, body: dict[str, Any], tenant_id: ObjectId) -> Any:
        """Let the shoppers and staff of a suspended store in again

        All processes know within five seconds.
        """
        return services().tenants.resume(platform_operator(), tenant_id)
