"""Settings of one process, read from the environment once."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate, validates_schema

from config.storage_url import BucketAddress, parse_storage_url

SECRET_BYTES = 32
DEVELOPMENT_KEY_PREFIX = "dev-"
_PAY_URL, _PAY_STANDBY_URL = "https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"
_KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_RATE = validate.Regexp(
    r"\A[1-9][0-9]* per ([1-9][0-9]* )?(second|minute|hour)s?\Z", error='Must read "N per [M] second|minute|hour".'
)


@dataclass(frozen=True)
class KeyRing:
    """Named keys: the first one is used for new work, all of them are accepted.

    Rotation: put the new key in front, keep the old one until nothing made with it is alive.
    """

    keys: Mapping[str, bytes]

    @property
    def current(self) -> tuple[str, bytes]:
        return next(iter(self.keys.items()))

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.keys)}: ***)"


@dataclass(frozen=True)
class Settings:
    """Everything a process may know from outside. Times in the unit of the name's ending."""

    env: str
    public_url: str
    mongodb_uri: str
    mongodb_database: str
    mongodb_pool_size: int
    redis_url: str
    jwt_keys: KeyRing
    encryption_keys: KeyRing
    wechat_api_url: str
    wechat_pay_url: str
    wechat_pay_standby_url: str | None
    wechat_connect_timeout_s: float
    wechat_read_timeout_s: float
    access_token_minutes: int
    staff_token_minutes: int
    order_ttl_minutes: int
    low_stock_threshold: int
    max_unpaid_orders: int
    confirm_receipt_days: int
    transaction_timeout_s: float
    idempotency_hours: int
    webhooks_allow_private: bool
    job_lease_s: float
    job_keep_days: int
    event_keep_days: int
    audit_log_keep_days: int
    rate_limit_anonymous: str
    rate_limit_user: str
    rate_limit_login: str
    rate_limit_staff: str
    rate_limit_staff_login: str
    rate_limit_staff_account: str
    max_body_bytes: int
    media_dir: str
    storage: BucketAddress | None
    media_url: str
    media_quota_mb: int
    media_orphan_days: int
    metrics_dir: str
    trusted_proxies: int
    log_level: str
    log_format: str
    web_bind: str
    web_workers: int
    web_threads: int
    worker_processes: int

    def __repr__(self) -> str:
        return f"Settings(env={self.env!r})"


class InvalidSettings(Exception):
    """One or more variables cannot be used; the text names each of them and never a value."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(errors)
        lines = [f"  {name}: {' '.join(reasons)}" for name, reasons in sorted(self.errors.items())]
        super().__init__("invalid settings\n" + "\n".join(lines))


class KeyRingField(fields.Field[KeyRing]):
    """`kid:base64key[,kid:base64key…]`, each key `SECRET_BYTES` long or longer (or exactly, for a cipher)."""

    def __init__(self, *, exact: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.exact = exact

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> KeyRing:
        entries = [self._parse(entry) for entry in str(value).split(",")]
        keys = dict(entries)
        if len(keys) != len(entries):
            raise ValidationError("Two keys have the same name.")
        return KeyRing(keys)

    def _parse(self, entry: str) -> tuple[str, bytes]:
        kid, separator, encoded = entry.strip().partition(":")
        if not separator or not _KEY_NAME.fullmatch(kid):
            raise ValidationError("Each entry must be kid:base64key, kid of 1 to 32 letters, digits, - or _.")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValidationError("A key is not base64.") from None
        if len(key) < SECRET_BYTES or (self.exact and len(key) != SECRET_BYTES):
            raise ValidationError(f"A key must have {'exactly' if self.exact else 'at least'} {SECRET_BYTES} bytes.")
        return kid, key


class BucketField(fields.Field[BucketAddress]):
    """The address of a bucket; see `parse_storage_url`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> BucketAddress:
        try:
            return parse_storage_url(str(value))
        except ValueError as error:
            raise ValidationError(str(error)) from None


class SettingsSchema(Schema):
    """The variables, by their names in the environment."""

    class Meta:
        unknown = EXCLUDE

    env = fields.String(
        data_key="MINIMALL_ENV",
        required=True,
        validate=validate.OneOf(["development", "test", "production"]),
    )
    public_url = fields.Url(data_key="PUBLIC_URL", required=True, require_tld=False, schemes={"http", "https"})
    mongodb_uri = fields.String(data_key="MONGODB_URI", required=True, validate=validate.Regexp(r"mongodb(\+srv)?://"))
    mongodb_database = fields.String(data_key="MONGODB_DATABASE", load_default="minimall")
    mongodb_pool_size = fields.Integer(data_key="MONGODB_POOL_SIZE", load_default=None, validate=validate.Range(min=1))
    redis_url = fields.String(data_key="REDIS_URL", required=True, validate=validate.Regexp(r"rediss?://"))
    jwt_keys = KeyRingField(data_key="JWT_KEYS", required=True)
    encryption_keys = KeyRingField(data_key="ENCRYPTION_KEYS", required=True, exact=True)
    wechat_api_url = fields.Url(
        data_key="WECHAT_API_URL",
        load_default="https://api.weixin.qq.com",
        require_tld=False,
        schemes={"http", "https"},
    )
    wechat_pay_url = fields.Url(
        data_key="WECHAT_PAY_URL",
        load_default=_PAY_URL,
        require_tld=False,
        schemes={"http", "https"},
    )
    wechat_pay_standby_url = fields.Url(
        data_key="WECHAT_PAY_STANDBY_URL", load_default=None, require_tld=False, schemes={"http", "https"}
    )
    wechat_connect_timeout_s = fields.Float(
        data_key="WECHAT_CONNECT_TIMEOUT_S", load_default=1.0, validate=validate.Range(min=0.1, max=3)
    )
    wechat_read_timeout_s = fields.Float(
        data_key="WECHAT_READ_TIMEOUT_S", load_default=3.0, validate=validate.Range(min=0.1, max=5)
    )
    access_token_minutes = fields.Integer(
        data_key="ACCESS_TOKEN_MINUTES", load_default=15, validate=validate.Range(min=1, max=120)
    )
    staff_token_minutes = fields.Integer(
        data_key="STAFF_TOKEN_MINUTES", load_default=10, validate=validate.Range(min=1, max=60)
    )
    order_ttl_minutes = fields.Integer(
        data_key="ORDER_TTL_MINUTES", load_default=30, validate=validate.Range(min=1, max=110)
    )
    low_stock_threshold = fields.Integer(
        data_key="LOW_STOCK_THRESHOLD", load_default=5, validate=validate.Range(min=0, max=100_000)
    )
    max_unpaid_orders = fields.Integer(
        data_key="MAX_UNPAID_ORDERS", load_default=20, validate=validate.Range(min=1, max=100_000)
    )
    confirm_receipt_days = fields.Integer(
        data_key="CONFIRM_RECEIPT_DAYS", load_default=10, validate=validate.Range(min=1, max=60)
    )
    transaction_timeout_s = fields.Float(
        data_key="TRANSACTION_TIMEOUT_S", load_default=6.0, validate=validate.Range(min=1, max=12)
    )
    idempotency_hours = fields.Integer(
        data_key="IDEMPOTENCY_HOURS", load_default=48, validate=validate.Range(min=24, max=720)
    )
    job_lease_s = fields.Float(data_key="JOB_LEASE_S", load_default=60.0, validate=validate.Range(min=1, max=120))
    job_keep_days = fields.Integer(data_key="JOB_KEEP_DAYS", load_default=30, validate=validate.Range(min=1, max=3650))
    event_keep_days = fields.Integer(
        data_key="EVENT_KEEP_DAYS", load_default=90, validate=validate.Range(min=1, max=3650)
    )
    audit_log_keep_days = fields.Integer(
        data_key="AUDIT_LOG_KEEP_DAYS", load_default=730, validate=validate.Range(min=1, max=36_500)
    )
    webhooks_allow_private = fields.Boolean(data_key="WEBHOOKS_ALLOW_PRIVATE", load_default=False)
    rate_limit_anonymous = fields.String(data_key="RATE_LIMIT_ANONYMOUS", load_default="300 per minute", validate=_RATE)
    rate_limit_user = fields.String(data_key="RATE_LIMIT_USER", load_default="300 per minute", validate=_RATE)
    rate_limit_login = fields.String(data_key="RATE_LIMIT_LOGIN", load_default="100 per 15 minutes", validate=_RATE)
    rate_limit_staff = fields.String(data_key="RATE_LIMIT_STAFF", load_default="300 per minute", validate=_RATE)
    rate_limit_staff_login = fields.String(
        data_key="RATE_LIMIT_STAFF_LOGIN", load_default="10 per 15 minutes", validate=_RATE
    )
    rate_limit_staff_account = fields.String(
        data_key="RATE_LIMIT_STAFF_ACCOUNT", load_default="50 per 15 minutes", validate=_RATE
    )
    max_body_bytes = fields.Integer(
        data_key="MAX_BODY_BYTES", load_default=262_144, validate=validate.Range(min=4_096, max=1_048_576)
    )
    media_dir = fields.String(data_key="MEDIA_DIR", load_default=".data/media")
    storage = BucketField(data_key="STORAGE_URL", load_default=None)
    media_url = fields.String(
        data_key="MEDIA_URL",
        load_default="/media",
        validate=validate.Regexp(r"(https://[^/]|/(?![/\\]))[!-~]*\Z", error="Must be https://… or a path."),
    )
    media_quota_mb = fields.Integer(
        data_key="MEDIA_QUOTA_MB", load_default=2048, validate=validate.Range(min=1, max=1_048_576)
    )
    media_orphan_days = fields.Integer(
        data_key="MEDIA_ORPHAN_DAYS", load_default=7, validate=validate.Range(min=1, max=365)
    )
    metrics_dir = fields.String(data_key="METRICS_DIR", load_default="")
    trusted_proxies = fields.Integer(data_key="TRUSTED_PROXIES", load_default=1, validate=validate.Range(min=0, max=1))
    log_level = fields.String(
        data_key="LOG_LEVEL", load_default="INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"])
    )
    log_format = fields.String(data_key="LOG_FORMAT", load_default="json", validate=validate.OneOf(["json", "console"]))
    web_bind = fields.String(data_key="WEB_BIND", load_default="127.0.0.1:8000")
    web_workers = fields.Integer(data_key="WEB_WORKERS", load_default=2, validate=validate.Range(min=1, max=64))
    web_threads = fields.Integer(data_key="WEB_THREADS", load_default=8, validate=validate.Range(min=1, max=64))
    worker_processes = fields.Integer(
        data_key="WORKER_PROCESSES", load_default=2, validate=validate.Range(min=1, max=64)
    )

    @pre_load
    def blank_is_unset(self, data: Mapping[str, str], **kwargs: Any) -> dict[str, str]:
        return {name: value for name, value in data.items() if value.strip()}

    @validates_schema(skip_on_field_errors=False)
    def production_is_strict(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("env") != "production":
            return
        errors: dict[str, list[str]] = {}
        for name, variable in (("jwt_keys", "JWT_KEYS"), ("encryption_keys", "ENCRYPTION_KEYS")):
            ring = data.get(name)
            if ring and any(kid.startswith(DEVELOPMENT_KEY_PREFIX) for kid in ring.keys):
                errors[variable] = ["A development key is not allowed in production."]
        for name, variable in (
            ("public_url", "PUBLIC_URL"),
            ("wechat_api_url", "WECHAT_API_URL"),
            ("wechat_pay_url", "WECHAT_PAY_URL"),
            ("wechat_pay_standby_url", "WECHAT_PAY_STANDBY_URL"),
        ):
            if not str(data.get(name) or "https://").startswith("https://"):
                errors[variable] = ["Must be an https address in production."]
        storage = data.get("storage")
        if storage and not storage.endpoint.startswith("https://"):
            errors["STORAGE_URL"] = ["Must begin with s3+https in production."]
        if data.get("webhooks_allow_private"):
            errors["WEBHOOKS_ALLOW_PRIVATE"] = ["Must not be set in production."]
        if errors:
            raise ValidationError(errors)

    @post_load
    def build(self, data: dict[str, Any], **kwargs: Any) -> Settings:
        data["public_url"] = data["public_url"].rstrip("/")
        data["media_url"] = data["media_url"].rstrip("/")
        if data["mongodb_pool_size"] is None:
            data["mongodb_pool_size"] = data["web_threads"] + 2
        # The standby belongs to WeChat's own host: what a sandbox refuses must never be sent to WeChat.
        if data["wechat_pay_standby_url"] is None and data["wechat_pay_url"] == _PAY_URL:
            data["wechat_pay_standby_url"] = _PAY_STANDBY_URL
        return Settings(**data)


def load(environ: Mapping[str, str]) -> Settings:
    """Returns the settings of this process.

    Raises:
        InvalidSettings: at least one variable is missing or unusable; all of them are named at once.
    """
    try:
        settings: Settings = SettingsSchema().load(dict(environ))
    except ValidationError as error:
        assert isinstance(error.messages, dict), "a schema names the fields"
        raise InvalidSettings(error.messages) from None
    return settings
