"""Colours as screens take them that are told nothing else."""

from __future__ import annotations

from io import BytesIO

import structlog
from PIL import Image, ImageCms

log = structlog.get_logger(__name__)

_MAX_PROFILE_BYTES = 2**20
# Of some hundreds of thousands of steps for every pixel, if somebody wants it.
_ENDLESS = b"mpet"
_SPACES = {"RGB": "RGB ", "RGBA": "RGB ", "P": "RGB ", "CMYK": "CMYK"}
_SRGB = "srgb"


def in_srgb(image: Image.Image) -> Image.Image:
    """Returns the picture in sRGB, by the profile that it carries; as it is if that one is of no use.

    Cleaning takes the profile away. Without this, what a phone took in Display P3 would come out pale.
    """
    profile = image.info.get("icc_profile")
    if not profile or len(profile) > _MAX_PROFILE_BYTES or _ENDLESS in profile:
        return image
    try:
        return _converted(image, ImageCms.ImageCmsProfile(BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        log.info("colour_profile_ignored", reason=str(error))
        return image


def _converted(image: Image.Image, own: ImageCms.ImageCmsProfile) -> Image.Image:
    is_srgb = _SRGB in ImageCms.getProfileDescription(own).lower().replace(" ", "")
    if is_srgb or own.profile.xcolor_space != _SPACES.get(image.mode):
        return image
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    converted = ImageCms.profileToProfile(image, own, srgb, outputMode=mode)
    assert converted is not None, "it is not done in place"
    return converted
