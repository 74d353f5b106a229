"""The address of a bucket in one variable."""

from __future__ import annotations

import pytest

from config.settings import InvalidSettings, load
from config.storage_url import BucketAddress, parse_storage_url
from tests.factories.environment import environment

COS = "s3+https://AKID:se%2Fcr%40et@cos.ap-guangzhou.myqcloud.com/shop-125?region=ap-guangzhou"


def test_a_bucket_of_tencent() -> None:
    assert parse_storage_url(COS) == BucketAddress(
        "https://cos.ap-guangzhou.myqcloud.com", "shop-125", "AKID", "se/cr@et", "ap-guangzhou", "virtual"
    )


def test_a_bucket_of_minio() -> None:
    assert parse_storage_url("s3+http://a:b@127.0.0.1:9000/shop?addressing=path") == BucketAddress(
        "http://127.0.0.1:9000", "shop", "a", "b", "us-east-1", "path"
    )


@pytest.mark.parametrize(
    "text",
    [
        "https://a:b@host/bucket",
        "s3+https://host/bucket",
        "s3+https://a@host/bucket",
        "s3+https://a:canary@/bucket",
        "s3+https://a:canary@host",
        "s3+https://a:canary@host/",
        "s3+https://a:canary@host/one/two",
        "s3+https://a:canary@host/bucket?addressing=dns",
        "s3+https://a:canary@host/bucket?regoin=x",
    ],
)
def test_anything_else_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(environment(STORAGE_URL=text))
    assert list(caught.value.errors) == ["STORAGE_URL"]
    assert "canary" not in str(caught.value)


def test_the_secret_is_not_shown() -> None:
    assert "se/cr@et" not in repr(parse_storage_url(COS))


def test_production_wants_encryption() -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(environment(MINIMALL_ENV="production", STORAGE_URL="s3+http://a:b@host/bucket"))
    assert "STORAGE_URL" in caught.value.errors


@pytest.mark.parametrize("url", ["http://cdn.example/", "//evil.example", "media", "javascript:alert(1)"])
def test_pictures_are_read_over_https_or_here(url: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(environment(MEDIA_URL=url))
    assert list(caught.value.errors) == ["MEDIA_URL"]


def test_the_end_of_the_media_address_does_not_matter() -> None:
    assert load(environment(MEDIA_URL="https://cdn.example/shop/")).media_url == "https://cdn.example/shop"
