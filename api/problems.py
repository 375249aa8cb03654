"""Every error that the host API can give, in one table, and how an error becomes an answer."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from oncue.engine.errors import OncueError

from .limits import Later

PROBLEMS: dict[str, tuple[int, str]] = {
    "action/not-now": (409, "the action exists, but not at this point of the segment"),
    "action/refused": (409, "the format refuses the action; the message says why"),
    "amend/empty": (409, "the amendment changes nothing"),
    "amend/impossible": (409, "the format cannot judge again what was played"),
    "amend/not-live": (409, "the segment was not live yet: there is nothing to judge again"),
    "amend/pointer": (409, "the segment has no such setting"),
    "archive/cut": (400, "the archive has no end: it was cut off"),
    "archive/damaged": (400, "the archive is not as it was written; the message says where"),
    "archive/none": (400, "the body is no archive of a show's log"),
    "archive/signature": (400, "the archive was changed after it was signed"),
    "archive/version": (400, "the archive has a version that this node does not know"),
    "auth/expired": (401, "the token has expired"),
    "auth/forbidden": (403, "the token's role may not do this"),
    "auth/forged": (401, "the token or key is not one of ours"),
    "auth/missing": (401, "there is no token or key"),
    "auth/other-show": (403, "the token is for another show"),
    "bus/no-answer": (503, "the show's owner does not answer at the moment"),
    "db/unreachable": (503, "the database cannot be reached"),
    "fairness/none": (404, "there is no report of such a round"),
    "fork/late": (409, "only an empty log can begin with that of another show"),
    "format/broken": (422, "the format is installed, but fails at import"),
    "format/fault": (409, "the format's handler failed; the state is as before"),
    "format/slow": (409, "the action never came to an end, and was struck; the state is as before"),
    "format/suspended": (409, "this part of the show has had too many problems, until a host resumes it"),
    "format/unknown": (404, "no such format is installed"),
    "format/version": (422, "the format is not there in this version, or cannot go on from the one before"),
    "http/error": (400, "the request is wrong in another way; the HTTP status says how"),
    "http/method": (405, "the path exists, but not with this method"),
    "http/not-found": (404, "there is no such path"),
    "input/bad-action": (422, "the action's fields are not what its type asks for"),
    "input/invalid": (422, "the body, path or query is not what is asked for; the message names the field"),
    "input/malformed": (400, "the body is not JSON"),
    "input/too-large": (413, "the body is too large"),
    "intake/full": (429, "too many actions are waiting to be recorded"),
    "join/too-many": (429, "too many joins from one address"),
    "limit/reached": (429, "too many requests with one key or token"),
    "log/before": (400, "the show was not open yet at that entry"),
    "log/busy": (503, "this log is being imported, or has something that does not end"),
    "log/none": (404, "there is no log of this show any more"),
    "log/refused": (429, "the log cannot take this"),
    "log/too-large": (429, "an action is too large for the log"),
    "log/unreadable": (
        400,
        "the log has a message that is none, or does not begin with the opening of a show",
    ),
    "media/address": (403, "the address of a live stream is for the holder of the API key"),
    "media/picture": (422, "there is no such test picture"),
    "media/unreadable": (422, "there is no such film or stream, or it cannot be read"),
    "media/unsupported": (422, "the film or stream cannot be played as it is; the hint says what would do"),
    "name/bad": (409, "the name is empty, too long or has unprintable letters"),
    "name/taken": (409, "somebody else has the name"),
    "nats/unreachable": (503, "NATS cannot be reached"),
    "node/failed": (500, "something failed here; the request id finds it in the log"),
    "picture/unknown": (422, "the picture is neither `test` nor a file on the server"),
    "recording/busy": (409, "the recording is still made"),
    "recording/unknown": (404, "there is no such recording, or no such file in it"),
    "replay/none": (404, "there is no replay that you may see"),
    "replay/start": (409, "the log has to be played from its start"),
    "replay/version": (409, "the show was played in versions of formats that are not here"),
    "results/none": (404, "the segment has no results"),
    "rtc/codec": (422, "no codec is offered that can be passed through"),
    "rtc/content-type": (415, "the body is not of the type that is asked for"),
    "rtc/etag": (412, "If-Match is not the ICE session's"),
    "rtc/failed": (500, "something failed on the node that has the relay"),
    "rtc/fragment": (400, "the fragment with candidates cannot be read"),
    "rtc/full": (503, "there are as many WebRTC sessions as this server bears"),
    "rtc/ice-restart": (422, "ICE cannot be restarted; begin a new session"),
    "rtc/no-etag": (428, "If-Match is missing"),
    "rtc/no-node": (503, "no node with a relay can be reached"),
    "rtc/sdp": (400, "the session description is not one that WHIP and WHEP allow"),
    "rtc/seat": (404, "there is no such seat"),
    "rtc/unknown": (404, "there is no such session, or it is over"),
    "rundown/incomplete": (409, "the order does not name every segment once"),
    "segment/closed": (409, "the segment is not live"),
    "segment/done": (409, "the segment was live already"),
    "segment/none-live": (409, "no segment is live"),
    "segment/not-suspended": (409, "the segment is not suspended"),
    "segment/unknown": (404, "the show has no such segment"),
    "series/unknown": (404, "there is no such series, or it is not public"),
    "settings/bad": (422, "the format's settings are wrong; the message names the field"),
    "show/banned": (409, "this person may not take part any more"),
    "show/closed": (410, "the show is over"),
    "show/code-taken": (409, "another open show has this code"),
    "show/full": (429, "the show has as many people as it may have"),
    "show/kicked": (409, "this person was put off"),
    "show/not-joined": (409, "the person has not joined"),
    "show/open": (409, "the show is open already"),
    "show/slow": (503, "the action is recorded and will be played, but was not yet"),
    "show/taken": (409, "there is a show with this id"),
    "show/unknown": (404, "there is no show with this id or code"),
    "stage/full": (409, "no seat is free, or too many people are backstage"),
    "stage/hands-down": (409, "hands may not be raised now"),
    "stage/here-already": (409, "this person is on the way to the stage already"),
    "stage/layout": (409, "the layout names a seat that is not there, or one twice"),
    "stage/live-source": (409, "a live source can only play"),
    "stage/no-source": (409, "the programme has no source"),
    "stage/not-invited": (409, "this person was not invited, or has not accepted"),
    "stage/not-live": (409, "this person is not on air"),
    "stage/not-ready": (409, "this person is not in the green room, or their connection is lost"),
    "stage/not-seated": (403, "who publishes is not on the way to the stage"),
    "stage/queue-full": (409, "the queue is full"),
    "stage/unknown": (404, "this person is not on the way to the stage"),
    "viewer/unknown": (404, "nobody with this id has joined"),
    "webhook/address": (422, "the webhook's URL is none, or leads into a private network"),
    "webhook/no-delivery": (404, "there is no such delivery, or it was forgotten"),
    "webhook/paused": (409, "the webhook is not active; `why` says since when and why"),
    "webhook/too-many": (409, "there are as many webhooks as there may be"),
    "webhook/unknown": (404, "there is no webhook with this id"),
}
"""Code to HTTP status and meaning. Codes that a format makes up itself are answered with 409."""

MALFORMED = ("json_invalid", "bytes_invalid")


class Problem(BaseModel):
    """What every error looks like."""

    code: str = Field(description="stable, for programs", examples=["show/unknown"])
    message: str = Field(description="what was wrong, for people", examples=["there is no such show"])
    hint: str = Field(description="what to do, or empty", examples=["check the code"])


PROBLEM = {"$ref": "#/components/schemas/Problem"}
"""FastAPI would take a model as well, and spend a third of the start on making a field of it for each status of each route."""


def errors(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can give these errors, by status, with an example of each."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in sorted({*codes, "node/failed"}):
        status, meaning = PROBLEMS[code]
        answer = found.setdefault(
            status, {"description": "", "content": {"application/json": {"schema": PROBLEM, "examples": {}}}}
        )
        answer["description"] += f"{'; ' if answer['description'] else ''}`{code}`: {meaning}"
        example = {"code": code, "message": meaning, "hint": ""}
        answer["content"]["application/json"]["examples"][code] = {"summary": meaning, "value": example}
    return found


def handle_errors(app: FastAPI) -> None:
    """Have the app answer with `Problem` whatever goes wrong."""
    app.add_exception_handler(OncueError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def answer(error: OncueError) -> JSONResponse:
    """An error as a response."""
    headers = {}
    if isinstance(error, Later):
        headers["Retry-After"] = str(max(1, -(-error.wait // 1_000_000)))
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    status = PROBLEMS.get(error.code, (error.status, ""))[0]
    return JSONResponse(error.as_dict(), status, headers)


async def _ours(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OncueError)
    return answer(error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    malformed = first["type"] in MALFORMED
    where = ".".join(str(part) for part in first["loc"])
    message = "the body is not JSON" if malformed else f"{where}: {first['msg']}"
    typed = "json" in request.headers.get("content-type", "") or first["loc"][0] != "body"
    hint = "see /api/openapi.json" if typed else "send Content-Type: application/json"
    code = "input/malformed" if malformed else "input/invalid"
    return JSONResponse({"code": code, "message": message, "hint": hint}, PROBLEMS[code][0])


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "http/not-found", 405: "http/method", 413: "input/too-large"}.get(
        error.status_code, "http/error"
    )
    problem = {"code": code, "message": str(error.detail), "hint": ""}
    return JSONResponse(problem, error.status_code, error.headers)
