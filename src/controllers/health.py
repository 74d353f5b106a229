"""For operators and load balancers."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app
from flask.views import MethodView
from marshmallow import fields

from src.controllers.api import Blueprint
from src.controllers.schemas.base import ResponseSchema
from src.middleware.context import services
from src.middleware.rate_limit import redis_answers
from src.utils.errors import Unavailable
from src.utils.metrics import exposition

blueprint = Blueprint("health", __name__, description="For operators")


class HealthOut(ResponseSchema):
    status = fields.String(required=True, metadata={"enum": ["ok"], "example": "ok"})


class ReadinessOut(ResponseSchema):
    database = fields.String(required=True, metadata={"enum": ["writable"], "example": "writable"})
    redis = fields.String(
        required=True,
        metadata={
            "enum": ["ok", "down"],
            "example": "ok",
            "description": "Down: each process limits rates for itself.",
        },
    )
    indexes = fields.String(required=True, metadata={"enum": ["complete"], "example": "complete"})


@blueprint.route("/health")
class HealthView(MethodView):
    @blueprint.operation("getHealth")
    @blueprint.response(200, HealthOut)
    def get(self) -> dict[str, str]:
        """Tell that this process runs

        It asks nobody else: an answer means that requests are taken.
        """
        return {"status": "ok"}


@blueprint.route("/readiness")
class ReadinessView(MethodView):
    @blueprint.operation("getReadiness")
    @blueprint.response(200, ReadinessOut)
    def get(self) -> dict[str, str]:
        """Tell whether this process can serve: a writable primary and the declared indexes

        A 503 says what is missing. Without Redis it can serve: limits are then counted by each process.
        """
        health = services().health
        if not health.database_writable():
            raise Unavailable({"database": "not writable"})
        if missing := health.missing_indexes():
            raise Unavailable({"indexes": missing})
        return {"database": "writable", "redis": "ok" if redis_answers() else "down", "indexes": "complete"}


@blueprint.route("/metrics")
class MetricsView(MethodView):
    @blueprint.operation("getMetrics")
    @blueprint.response(200, {"type": "string"}, content_type="text/plain", description="Prometheus' text format.")
    def get(self) -> Any:
        """Read the metrics of all workers

        Not reachable from outside through nginx.
        """
        metrics_dir: str = current_app.config["METRICS_DIR"]
        return Response(exposition(metrics_dir, services().vitals.read()), mimetype="text/plain; version=0.0.4")
