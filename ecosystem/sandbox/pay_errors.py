"""Refusals of WeChat Pay APIv3."""

from typing import Any

from ecosystem.sandbox.messages import Response, json_response


class PayError(Exception):
    """A refusal: HTTP status, code, message, and for parameters the place of the fault."""

    def __init__(self, status: int, code: str, message: str, detail: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail

    def response(self) -> Response:
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.detail is not None:
            body["detail"] = self.detail
        return json_response(body, self.status)


def param_error(message: str, field: str, value: Any, location: str = "body") -> PayError:
    detail = {"field": field, "value": value, "issue": message, "location": location}
    return PayError(400, "PARAM_ERROR", message, detail)
