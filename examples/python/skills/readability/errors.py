"""Every error of a skill is JSON of one shape: {"error": {code, message, request_id, details?}}."""

import logging
import re
import uuid

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException


class ErrorDetail(BaseModel):
    path: str
    message: str


class ErrorBody(BaseModel):
    code: str
    message: str
    request_id: str
    details: list[ErrorDetail] = []


class ErrorAnswer(BaseModel):
    error: ErrorBody


_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
_SANE_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)


class SkillError(Exception):
    """An answer other than 200, in words for the caller."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def request_id_of(request: Request) -> str:
    """The caller's x-request-id where it is sane, else one of our own; the same for the whole request."""
    if not hasattr(request.state, "request_id"):
        given = request.headers.get("x-request-id", "")
        request.state.request_id = given if _SANE_ID.fullmatch(given) else str(uuid.uuid4())
    return request.state.request_id


def answer_errors_in_one_shape(app: FastAPI) -> None:
    app.add_exception_handler(SkillError, _on_skill_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)


def error_body(request: Request, code: str, message: str, details: list[dict] | None = None) -> dict:
    error = {"code": code, "message": message, "request_id": request_id_of(request)}
    return {"error": {**error, "details": details} if details else error}


async def _on_skill_error(request: Request, error: SkillError) -> JSONResponse:
    return JSONResponse(error_body(request, error.code, str(error)), error.status)


async def _on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    details = [
        {"path": "/".join(str(part) for part in one["loc"][1:]), "message": one["msg"]}
        for one in error.errors()
    ]
    message = "The request is not as /openapi.json says: see the details."
    return JSONResponse(error_body(request, "invalid_input", message, details), 400)


async def _on_http_error(request: Request, error: HTTPException) -> JSONResponse:
    code = _CODES.get(error.status_code, "bad_request")
    return JSONResponse(
        error_body(request, code, str(error.detail)), error.status_code, headers=error.headers
    )


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    logging.getLogger("uvicorn.error").error("%s failed", request.url.path, exc_info=error)
    message = "The skill failed. Its log says why."
    return JSONResponse(error_body(request, "internal_error", message), 500)
