"""Where WeChat Pay is willing to send notifications."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from ecosystem.sandbox.pay_errors import param_error


def check_notify_url(url: str) -> None:
    """An https address without query; plain http only on this machine, for development."""
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or ""))
    if not secure or not parts.hostname or "?" in url or "#" in url:
        raise param_error("通知地址应为不带参数的https地址", "/notify_url", url)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
