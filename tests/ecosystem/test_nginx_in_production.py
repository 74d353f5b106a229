"""The production template of nginx, filled in as an administrator does, but for its two ports."""

import datetime
import getpass
import http.client
import ipaddress
import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ecosystem.embedded.nginx import check_config, nginx_process
from ecosystem.embedded.ports import free_ports, is_listening
from ecosystem.run.nginx_config import fill_in
from tests.ecosystem.http_exchange import Answer, Site, exchange

HOST = "shop.example.com"
UPLOADED = "66f0a1b2c3d4e5f60718293a/9f/9f86d0-0718293b.png"


@dataclass(frozen=True)
class Production:
    plain_port: int
    tls_port: int
    certificate: Path

    def ask(self, path: str, host: str = HOST, *, method: str = "GET", body: bytes | None = None) -> Answer:
        context = ssl.create_default_context(cafile=str(self.certificate))
        connection = http.client.HTTPSConnection("127.0.0.1", self.tls_port, timeout=10, context=context)
        return exchange(connection, method, path, body, {"Host": host})


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Return the paths of a certificate for HOST and 127.0.0.1, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def production(
    nginx: Path, shipped: Path, upstream: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Production]:
    """The production template as an administrator fills it in, but for its two ports."""
    folder = tmp_path_factory.mktemp("production")
    certificate, key = self_signed(folder)
    plain, tls = free_ports(2)
    values = {
        "MINIMALL_WEB": f"127.0.0.1:{upstream}",
        "MINIMALL_HOST": HOST,
        "MINIMALL_CERTIFICATE": str(certificate),
        "MINIMALL_CERTIFICATE_KEY": str(key),
        "MINIMALL_MEDIA": str(folder),
        "MINIMALL_ACCESS_LOG": str(folder / "access.log"),
    }
    template = fill_in((shipped / "minimall.conf.template").read_text(encoding="utf-8"), values)
    site_conf = template.replace("listen 80", f"listen 127.0.0.1:{plain}").replace(
        "listen 443", f"listen 127.0.0.1:{tls}"
    )
    (folder / "site.conf").write_text(site_conf, encoding="utf-8")
    (folder / "minimall").symlink_to(shipped)
    picture = folder / UPLOADED
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"\x89PNG")
    paths = " ".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / "nginx.conf"
    # Started by root, nginx would drop to an account that may not read the folder.
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    http = f"http {{ {paths} access_log off; include site.conf; }}"
    config.write_text(f"{user} daemon off; pid nginx.pid; events {{}} {http}")
    check_config(nginx, config, folder=folder)
    process = nginx_process(nginx, config, folder=folder, log=folder / "nginx.log")
    process.start()
    try:
        process.wait_until(lambda: is_listening(tls), timeout_s=10)
        yield Production(plain, tls, certificate)
    finally:
        process.stop()


def test_production_speaks_tls_and_says_so(production: Production) -> None:
    answer = production.ask("/api/products")
    assert (answer.status, answer.json["headers"]["x-forwarded-proto"]) == (200, "https")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert answer.headers["server"] == "nginx"


def test_production_sends_plain_http_to_tls(production: Production) -> None:
    answer = Site(production.plain_port).ask("/api/products?page=2", Host=HOST)
    assert (answer.status, answer.headers["location"]) == (308, f"https://{HOST}/api/products?page=2")


def test_production_hangs_up_on_other_names(production: Production) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        production.ask("/api/products", host="evil.example")
    with pytest.raises(http.client.RemoteDisconnected):
        Site(production.plain_port).ask("/", Host="127.0.0.1")


def test_production_hides_metrics_too(production: Production) -> None:
    assert production.ask("/metrics").status == 404


def test_production_serves_pictures_with_safe_headers(production: Production) -> None:
    answer = production.ask(f"/media/{UPLOADED}")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("path", "mib"), [("/api/uploads/multiple", 26), ("/api/merchant/imports", 21), ("/api/orders", 0.25)]
)
def test_production_takes_files_where_files_are_sent(production: Production, path: str, mib: float) -> None:
    largest = int(mib * 2**20)
    assert production.ask(path, method="POST", body=b"x" * largest).status == 200
    assert production.ask(path, method="POST", body=b"x" * (largest + 1)).status == 413
