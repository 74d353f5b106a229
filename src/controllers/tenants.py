"""Stores, administered with a platform key."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.audit_log import AuditLogEntryPageOut, AuditLogQuery
from src.controllers.schemas.base import NoArguments
from src.controllers.schemas.staff import IssuedCodeOut
from src.controllers.schemas.tenants import (
    OwnerInvitationIn,
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
from src.services.staff.issuing import IssuedCode
from src.utils.errors import NameTaken, NotFound, StoreHasPayments, StoreStateConflict, StoreTaken, WeChatUnavailable

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
    @blueprint.operation(
        "editTenantSettings", NotFound, StoreTaken, StoreHasPayments, StoreStateConflict, WeChatUnavailable
    )
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


@blueprint.route("/<id:tenant_id>/owner-invitations")
class OwnerInvitationsView(MethodView):
    @blueprint.operation("inviteOwner", NotFound, NameTaken, StoreStateConflict)
    @blueprint.arguments(OwnerInvitationIn)
    @blueprint.response(201, IssuedCodeOut)
    def post(self, body: dict[str, str], tenant_id: ObjectId) -> IssuedCode:
        """Invite an owner: a store's first one, or another one when none can log in

        The code is in this answer and in no other one: hand it over, it works once, for 72 hours, with a password of
        its holder's choice (`POST /api/staff/accept`), and no longer than the platform key that issued it. Another
        call for the same user name replaces it. Owners find it among their invitations, and can revoke it.
        """
        return services().staff.owner_invitations.invite(platform_operator(), tenant_id, **body)


@blueprint.route("/<id:tenant_id>/audit-log")
class TenantAuditLogView(MethodView):
    @blueprint.operation("listTenantAuditLog", NotFound)
    @blueprint.arguments(AuditLogQuery, location="query")
    @blueprint.response(200, AuditLogEntryPageOut)
    def get(self, query: dict[str, Any], tenant_id: ObjectId) -> Any:
        """List what the platform and the store's staff did in a store, the newest first

        The list that the store's owner has, with the same filters.
        """
        return services().audit_log.list_in_store(services().tenants.get(tenant_id).id, **query)
