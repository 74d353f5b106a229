"""Sending pictures."""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from flask import Blueprint as PlainBlueprint
from flask import Response, request
from flask.views import MethodView

from src.controllers.api import Blueprint
from src.controllers.schemas.uploads import ConfirmIn, MediaFileOut, MediaFilesOut, PermitIn, PermitOut
from src.middleware.context import caller, services
from src.services.accounts.callers import PlatformOperator
from src.services.media.local_forms import PATH as LOCAL_PATH
from src.services.media.uploaders import LARGEST, Uploader, uploader_of
from src.services.media.uploads import MOST_FILES
from src.utils.errors import (
    BadRequest,
    MediaQuotaReached,
    MultipartExpected,
    NotAPicture,
    NotFound,
    PictureTooLarge,
    PictureUnusable,
    TooManyUploads,
    Unauthenticated,
    Unavailable,
    UploadMissing,
)

_PREFIX, _ABOUT = "/api/uploads", "Pictures"
single = Blueprint("single_uploads", __name__, url_prefix=_PREFIX, description=_ABOUT)
several = Blueprint("several_uploads", __name__, url_prefix=_PREFIX, description=_ABOUT)
direct = Blueprint("direct_uploads", __name__, url_prefix=_PREFIX, description="Pictures that go to the object store")
kept = Blueprint("kept_uploads", __name__, url_prefix=_PREFIX, description=_ABOUT)
local = PlainBlueprint("local_uploads", __name__)

_REFUSALS = (PictureTooLarge, NotAPicture, PictureUnusable, MediaQuotaReached)


@single.route("/single")
class SingleUploadView(MethodView):
    @single.operation("uploadPicture", MultipartExpected, *_REFUSALS)
    @single.response(201, MediaFileOut)
    def post(self) -> Any:
        """Send one picture, as wx.uploadFile does

        JPEG, PNG, GIF or WebP of at most 5 MB and 25 megapixels. An animated one is refused, and so is a film: of its
        film a product has the address only. The picture is encoded anew, in sRGB, without what cameras write into it.
        The same one gets the same address again. One that nothing shows is deleted after some days.

        Smaller sizes follow within seconds: `GET /api/uploads/{id}` says when. Wherever a picture's address is shown,
        its thumbnail's is the same with `-thumbnail.webp` in place of the ending, and so on for `-list` and `-detail`.
        """
        (file,) = _store(most=1)
        return file


@several.route("/multiple")
class SeveralUploadsView(MethodView):
    @several.operation("uploadPictures", MultipartExpected, *_REFUSALS)
    @several.response(201, MediaFilesOut)
    def post(self) -> Any:
        """Send up to 5 pictures: all of them are kept, or none

        Each as `POST /api/uploads/single` takes it. If one is refused, all are.
        """
        return {"files": _store(most=MOST_FILES)}


@direct.route("/presign")
class PermitView(MethodView):
    @direct.operation("presignUpload", PictureTooLarge, MediaQuotaReached, TooManyUploads)
    @direct.arguments(PermitIn)
    @direct.response(201, PermitOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Get a form to send one picture to the object store with

        Post `fields` and then the file, in the field `file`, to `url` within 5 minutes: as multipart/form-data, the
        file last. 204 means that it arrived. Nobody can use it before it is confirmed, within 15 minutes. A shopper may
        have 5 that are not confirmed, the staff of a store 50.
        """
        uploader = _uploader(body.get("purpose"))
        return services().media.direct_uploads.permit(uploader, body["content_type"], body["size"])


@direct.route("/confirm")
class ConfirmationView(MethodView):
    @direct.operation("confirmUpload", NotFound, UploadMissing, *_REFUSALS)
    @direct.arguments(ConfirmIn)
    @direct.response(200, MediaFileOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Have a picture that was sent to the object store checked and kept

        What arrived is checked as if it had been sent here. Confirming again gives the same answer for an hour.
        """
        return services().media.direct_uploads.confirm(_uploader(None), body["upload_id"])


@kept.route("/<id:file_id>")
class KeptPictureView(MethodView):
    @kept.operation("getPicture", NotFound)
    @kept.response(200, MediaFileOut)
    def get(self, file_id: ObjectId) -> Any:
        """Read a picture that was sent, to learn whether its smaller sizes are there

        Staff read any of their store's, shoppers their own. Ask again while `variantsReady` is false.
        """
        return services().media.uploads.find(_uploader(None), file_id)


@local.post(LOCAL_PATH)
def receive() -> Response:
    """Takes a file with a form of this server, as an object store does."""
    (content,) = _sent(most=1)
    services().media.direct_uploads.receive(request.form, content)
    return Response(status=204)


def _store(*, most: int) -> Any:
    contents = _sent(most=most)
    return services().media.uploads.store(_uploader(request.form.get("purpose")), contents)


def _uploader(purpose: str | None) -> Uploader:
    known = caller()
    if known is None or isinstance(known, PlatformOperator):
        raise Unauthenticated()
    return uploader_of(known, purpose)


def _sent(*, most: int) -> list[bytes]:
    """Returns the files of this request, whatever their fields are called; of a larger one than any may be, a part."""
    try:
        files = [file for _, file in request.files.items(multi=True)]
        contents = [file.stream.read(LARGEST + 1) for file in files]
    except OSError as error:  # the disk that large bodies wait on is full
        raise Unavailable() from error
    if not 1 <= len(contents) <= most:
        raise BadRequest.for_field("file", f"Must be 1 to {most} files." if most > 1 else "Must be one file.")
    return contents
