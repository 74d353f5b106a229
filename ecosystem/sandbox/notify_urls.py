"""Where WeChat Pay is willing to send notifications."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from ecosystem.sandbox.pay_errors import param_error
from ecosystem.sandbox.web_addresses import is_web_address


def check_notify_url(url: str) -> None:
    """An https address without query; plain http only on this machine, for development."""
    if not is_web_address(url) or not _is_secure(url) or "?" in url or "#" in url:
        raise param_error("通知地址应为不带参数的https地址", "/notify_url", url)


def _is_secure(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
