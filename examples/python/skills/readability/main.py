"""The skill as a service: `uvicorn main:app`."""

import json
import os
import time
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

from body_limit import BodyLimit
from errors import ErrorAnswer, SkillError, answer_errors_in_one_shape, request_id_of
from readability import score
from telemetry import Telemetry, is_asked_for

manifest = json.loads(Path(__file__).with_name("skill.json").read_text(encoding="utf-8"))
identity = {"skill": manifest["id"], "version": manifest["version"]}
started = time.monotonic()

app = FastAPI(
    title=manifest["id"], version=manifest["version"], description=manifest["description"]
)
app.add_middleware(BodyLimit, most=1024 * 1024)
answer_errors_in_one_shape(app)
if is_asked_for():
    app.add_middleware(Telemetry, service=identity["skill"], version=identity["version"])


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(
        max_length=200_000, description="English prose.", examples=["The cat sat on the mat."]
    )


class Call(BaseModel):
    model_config = ConfigDict(extra="forbid")
    input: Input
    context: dict[str, Any] | None = Field(default=None, description="Of the caller; not read.")


class Output(BaseModel):
    words: int = Field(examples=[6])
    sentences: int = Field(examples=[1])
    syllables: int = Field(examples=[6])
    reading_ease: float = Field(description="100 is very easy, 0 very hard.", examples=[116.1])
    grade: float = Field(description="Years of school in the United States.", examples=[-1.4])


class Metadata(BaseModel):
    skill: str
    version: str
    request_id: str
    duration_ms: float


class Answer(BaseModel):
    output: Output
    metadata: Metadata


@app.get("/health")
async def health() -> dict[str, Any]:
    digest = os.environ.get("SKILL_DIGEST")
    known = {**identity, "digest": digest} if digest else identity
    return {"status": "healthy", **known, "uptime_seconds": round(time.monotonic() - started, 1)}


# Not async: FastAPI runs it in a thread, so that a long text does not keep others waiting.
@app.post("/invoke", responses={status: {"model": ErrorAnswer} for status in (400, 413, 422)})
def invoke(call: Call, request: Request) -> Answer:
    since = time.perf_counter()
    try:
        output = score(call.input.text)
    except ValueError as error:
        raise SkillError(422, "nothing_to_score", str(error)) from error
    duration_ms = round((time.perf_counter() - since) * 1000, 3)
    metadata = {**identity, "request_id": request_id_of(request), "duration_ms": duration_ms}
    return Answer(output=Output(**output), metadata=Metadata(**metadata))
