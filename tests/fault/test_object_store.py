"""A bucket with the S3 API that works, refuses, is slow, or is not there."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from config.settings import Settings
from config.storage_url import parse_storage_url
from ecosystem.embedded.ports import LOOPBACK, free_port
from src.app import create_app
from src.models.audit_log import AuditLogEntry
from src.models.media_files import MediaFile
from src.models.media_usage import MediaUsage
from src.services.media.bucket_store import BucketStore
from src.services.media.object_store import ObjectMissing, StorageDown
from src.services.registry import Services, build_services
from tests.factories.clock import MovableClock
from tests.factories.contents import nothing_changes
from tests.factories.jobs import jobs_of, run_jobs, tick
from tests.factories.object_stores import BUCKET, Bucket, object_store_program, running_object_store
from tests.factories.pictures import opened, picture, send, sent
from tests.factories.shop import Shop, data_of, refused

CDN = "https://cdn.example/shop"
PRESIGN, CONFIRM = "/api/uploads/presign", "/api/uploads/confirm"


@pytest.fixture(scope="session")
def running_bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    program = object_store_program()
    if program is None:
        pytest.skip("no seaweedfs here")
    with running_object_store(program, tmp_path_factory.mktemp("seaweedfs")) as bucket:
        yield bucket


@pytest.fixture
def bucket(running_bucket: Bucket) -> Bucket:
    running_bucket.empty()
    return running_bucket


def with_storage(shop: Shop, settings: Settings, clock: MovableClock, url: str) -> tuple[Shop, Services]:
    """Returns the shop as a process sees it that keeps pictures in this bucket."""
    elsewhere = replace(settings, storage=parse_storage_url(url), media_url=CDN)
    services = build_services(elsewhere, clock)
    return replace(shop, app=create_app(elsewhere, services), _staff={}), services


@pytest.fixture
def cloudy(shop: Shop, settings: Settings, movable_clock: MovableClock, bucket: Bucket) -> tuple[Shop, Services]:
    return with_storage(shop, settings, movable_clock, bucket.url)


@contextmanager
def silent_server() -> Iterator[str]:
    """Yields the STORAGE_URL of a server that takes connections and says nothing."""
    listener = socket.create_server((LOOPBACK, 0))
    held: list[socket.socket] = []

    def hold() -> None:
        try:
            while True:
                held.append(listener.accept()[0])
        except OSError:
            return

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    try:
        yield f"s3+http://key:secret@{LOOPBACK}:{listener.getsockname()[1]}/bucket?addressing=path"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in held:
            connection.close()
        thread.join()


def nobody() -> str:
    return f"s3+http://key:secret@{LOOPBACK}:{free_port()}/bucket?addressing=path"


def permitted(shop: Shop, size: int = 5_000) -> dict[str, Any]:
    permit: dict[str, Any] = data_of(shop.staff().post(PRESIGN, {"contentType": "image/png", "size": size}), 201)
    return permit


def post(permit: dict[str, Any], content: bytes, **changes: str) -> int:
    form = permit["form"]
    files = {"file": ("a.png", content)}
    return requests.post(form["url"], data={**form["fields"], **changes}, files=files, timeout=30).status_code


def test_a_picture_and_its_variants_are_in_the_bucket(cloudy: tuple[Shop, Services], bucket: Bucket) -> None:
    shop, services = cloudy
    file = sent(shop.staff(), picture("JPEG", (600, 300)))
    run_jobs(services)

    key = file["url"].removeprefix(f"{CDN}/")
    assert file["url"].startswith(f"{CDN}/{shop.store_id}/")
    assert len(bucket.keys()) == 4
    assert opened(bucket.read(key)).size == (600, 300)
    detail = file["variants"]["detail"].removeprefix(f"{CDN}/")
    assert opened(bucket.read(detail)).format == "WEBP"
    facts = bucket.client.head_object(Bucket=BUCKET, Key=key)
    assert (facts["ContentType"], "immutable" in facts["CacheControl"]) == ("image/jpeg", True)
    data_of(shop.staff().post("/api/products", {"name": "茶", "price": 1, "stock": 1, "images": [file["url"]]}), 201)


def test_orphans_leave_the_bucket(cloudy: tuple[Shop, Services], bucket: Bucket, clock: MovableClock) -> None:
    shop, services = cloudy
    sent(shop.staff(), picture())
    run_jobs(services)
    for days in (8, 1):
        clock.advance(days=days)
        tick(services, "sweep_media")
    listed = bucket.keys()
    kept = [key for key in listed if str(shop.store_id) in key]
    assert (kept, MediaFile.objects.count(), MediaUsage.of(shop.store_id)) == ([], 0, 0)


def test_a_picture_is_sent_to_the_bucket_and_confirmed(cloudy: tuple[Shop, Services], bucket: Bucket) -> None:
    shop, _ = cloudy
    permit = permitted(shop)
    assert post(permit, picture()) == 204
    assert bucket.keys() == [permit["form"]["fields"]["key"]]

    file = data_of(shop.staff().post(CONFIRM, {"uploadId": permit["uploadId"]}), 200)

    assert bucket.keys() == [file["url"].removeprefix(f"{CDN}/")]
    assert MediaUsage.of(shop.store_id) == file["size"]


def test_the_bucket_refuses_what_the_form_does_not_allow(cloudy: tuple[Shop, Services], bucket: Bucket) -> None:
    shop, _ = cloudy
    permit = permitted(shop, size=300)
    key = permit["form"]["fields"]["key"]
    for content, changes in (
        (picture(), {"key": f"{key}x"}),
        (picture(), {"key": f"{shop.store_id}/a.png"}),
        (picture(), {"Content-Type": "text/html"}),
        (picture() + bytes(300), {}),
        (b"", {}),
        (picture(), {"x-amz-signature": "0" * 64}),
    ):
        assert post(permit, content, **changes) in (400, 403)
    assert bucket.keys() == []
    with nothing_changes():
        refused(shop.staff().post(CONFIRM, {"uploadId": permit["uploadId"]}), 40918)


def test_a_form_lives_for_five_minutes(cloudy: tuple[Shop, Services]) -> None:
    fields = permitted(cloudy[0])["form"]["fields"]
    ends = datetime.fromisoformat(json.loads(base64.b64decode(fields["policy"]))["expiration"])
    assert 290 <= (ends - datetime.now(UTC)).total_seconds() <= 300


@pytest.mark.parametrize("content", [b"<html><script>alert(1)</script>", b"GIF89a/*", picture()[:40]])
def test_what_arrived_in_the_bucket_is_no_picture(
    cloudy: tuple[Shop, Services], bucket: Bucket, content: bytes
) -> None:
    shop, _ = cloudy
    permit = permitted(shop)
    assert post(permit, content) == 204
    answer = shop.staff().post(CONFIRM, {"uploadId": permit["uploadId"]})
    assert answer.get_json()["code"] in (41501, 42201)
    assert (bucket.keys(), MediaFile.objects.count()) == ([], 0)


def test_this_server_takes_no_forms_beside_a_bucket(cloudy: tuple[Shop, Services]) -> None:
    with nothing_changes():
        refused(send(cloudy[0].anonymous, picture(), path="/api/uploads/local"), 404)


def test_a_bucket_that_is_not_there_is_503_and_nothing_is_recorded(
    shop: Shop, settings: Settings, movable_clock: MovableClock
) -> None:
    lonely, _ = with_storage(shop, settings, movable_clock, nobody())
    staff = lonely.staff()
    sent(shop.staff(), picture())
    with nothing_changes():
        refused(send(staff, picture(colour="red")), 503)
        refused(send(staff, picture(colour="red"), picture(colour="blue"), path="/api/uploads/multiple"), 503)
    assert AuditLogEntry.objects.count() == 1


def test_a_bucket_that_says_nothing_is_503_in_bounded_time(
    shop: Shop, settings: Settings, movable_clock: MovableClock, services: Services
) -> None:
    with silent_server() as url:
        slow, slow_services = with_storage(shop, settings, movable_clock, url)
        assert refused(send(slow.staff(), picture()), 503) is None
    # Whether anything was stored is not known, so the sweep is to find out.
    assert [file.state for file in MediaFile.objects] == ["removing"]
    assert (AuditLogEntry.objects.count(), jobs_of("media.variants")) == (0, [])
    movable_clock.advance(minutes=11)
    assert tick(slow_services, "sweep_media") == 0
    movable_clock.advance(minutes=11)
    assert tick(services, "sweep_media") == 1
    assert (MediaFile.objects.count(), MediaUsage.of(shop.store_id)) == (0, 0)


def test_wrong_credentials_are_503(shop: Shop, settings: Settings, movable_clock: MovableClock, bucket: Bucket) -> None:
    wrong, _ = with_storage(shop, settings, movable_clock, bucket.url.replace("secret-of-tests", "wrong"))
    refused(send(wrong.staff(), picture()), 503)
    assert (bucket.keys(), AuditLogEntry.objects.count()) == ([], 0)


def test_variants_wait_for_a_bucket(
    shop: Shop, settings: Settings, movable_clock: MovableClock, cloudy: tuple[Shop, Services], clock: MovableClock
) -> None:
    sent(cloudy[0].staff(), picture())
    _, without = with_storage(shop, settings, movable_clock, nobody())
    run_jobs(without)
    (job,) = jobs_of("media.variants")
    assert (job.state, job.reason) == ("waiting", "the object store failed")
    clock.advance(minutes=10)
    run_jobs(cloudy[1])
    assert MediaFile.objects.get().variants_ready is True


def test_confirming_waits_for_a_bucket(
    shop: Shop, settings: Settings, movable_clock: MovableClock, cloudy: tuple[Shop, Services], bucket: Bucket
) -> None:
    permit = permitted(cloudy[0])
    assert post(permit, picture()) == 204
    lonely, _ = with_storage(shop, settings, movable_clock, nobody())
    staff = lonely.staff()
    with nothing_changes():
        refused(staff.post(CONFIRM, {"uploadId": permit["uploadId"]}), 503)
    assert len(bucket.keys()) == 1
    data_of(cloudy[0].staff().post(CONFIRM, {"uploadId": permit["uploadId"]}), 200)


@pytest.mark.parametrize("addressing", ["path", "virtual"])
def test_addresses_of_forms(addressing: str) -> None:
    url = f"s3+https://a:b@cos.ap-guangzhou.myqcloud.com/shop-125?region=ap-guangzhou&addressing={addressing}"
    form = BucketStore(parse_storage_url(url), pool_size=1).form("a", "image/png", most=9)
    assert (
        form.url
        == {
            "path": "https://cos.ap-guangzhou.myqcloud.com/shop-125",
            "virtual": "https://shop-125.cos.ap-guangzhou.myqcloud.com/",
        }[addressing]
    )


def test_objects_come_and_go(bucket: Bucket) -> None:
    store = BucketStore(parse_storage_url(bucket.url), pool_size=1)
    store.put("a/b", b"12345", "image/png")
    assert (store.get("a/b", most=5), store.get("a/b", most=2)) == (b"12345", b"123")
    store.delete(["a/b", "a/never"])
    with pytest.raises(ObjectMissing):
        store.get("a/b", most=5)
    with pytest.raises(StorageDown) as caught:
        BucketStore(parse_storage_url(nobody()), pool_size=1).delete(["a"])
    assert caught.value.nothing_happened
