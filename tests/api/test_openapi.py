"""The description of the host API is whole, and its table of errors is true."""

import re
from pathlib import Path

import pytest

from oncue import api, engine
from oncue.api.problems import PROBLEMS
from oncue.engine.errors import BadInput, Conflict, Denied, Forbidden, TooMany, Unavailable, Unknown

CODE = re.compile(r'"([a-z]+/[a-z]+(?:-[a-z]+)*)"')
ROUTES = (
    "acting",
    "auth",
    "directory",
    "fairness",
    "join",
    "layers",
    "log/archive",
    "log/forking",
    "log/importing",
    "log/routes",
    "log/spool",
    "log/writing",
    "pages",
    "parts",
    "problems",
    "results",
    "rundown",
    "series/routes",
    "sheets",
    "shows",
    "stage",
    "webhooks/door",
    "webhooks/routes",
)
PLAYED = (
    "amend",
    "backstage",
    "forks",
    "format",
    "house",
    "people",
    "playout",
    "segment",
    "show",
    "stage",
    "transport",
)
"""The engine's files whose refusals come through."""
NO_CODE = {"application/json", "application/x-ndjson", "text/csv", "text/plain"}
AT_START = {"settings/open", "pages/not-built"}
"""Raised before there is anybody to answer to."""


@pytest.fixture
async def described(world):
    answer = await world.http.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def operations(described):
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


async def test_every_route_says_what_it_does(described):
    assert len(list(operations(described))) == 73
    for name, operation in operations(described):
        assert operation.get("summary"), name
        assert operation.get("description"), name
        assert operation.get("tags"), name


async def test_every_answer_of_every_route_has_an_example(described):
    for name, operation in operations(described):
        for status, answer in operation["responses"].items():
            assert answer["description"] or status.startswith("2"), (name, status)
            for kind, content in answer["content"].items():
                assert has_example(content, described), (name, status, kind)


async def test_every_body_has_an_example(described):
    for name, operation in operations(described):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert has_example(content, described), name


async def test_every_error_of_a_route_is_a_problem_with_a_code_of_the_table(described):
    for name, operation in operations(described):
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert "500" in errors, name
        for status, answer in errors.items():
            for code in answer["content"]["application/json"].get("examples", {}):
                assert PROBLEMS[code][0] == int(status), (name, code)


async def test_a_wrong_request_is_described_as_a_problem_too(described):
    assert "HTTPValidationError" not in str(described)
    for name, operation in operations(described):
        if "requestBody" in operation:
            assert {"400", "413", "422"} <= set(operation["responses"]), name
        elif operation.get("parameters"):
            assert "422" in operation["responses"], name


async def test_a_route_with_a_lock_says_who_is_refused(described):
    for name, operation in operations(described):
        if operation.get("security"):
            assert {"401", "429"} <= set(operation["responses"]), name


def test_every_code_that_the_host_api_can_give_is_in_the_table():
    folder = Path(api.__path__[0])
    files = [folder / f"{name}.py" for name in ROUTES]
    files += [Path(engine.__path__[0]) / f"{name}.py" for name in PLAYED]
    used = {code for file in files for code in CODE.findall(file.read_text())} - NO_CODE - AT_START
    assert used - set(PROBLEMS) == set()


def test_the_table_agrees_with_the_errors_own_statuses():
    for error in (BadInput, Conflict, Denied, Forbidden, TooMany, Unavailable, Unknown):
        assert error.default not in PROBLEMS or PROBLEMS[error.default][0] == error.status
    assert list(PROBLEMS) == sorted(PROBLEMS)
    assert all(400 <= status < 600 and meaning for status, meaning in PROBLEMS.values())


def has_example(content, described) -> bool:
    """Whether there is an example beside a schema, in it, or in each of its fields."""
    if content.get("example") or content.get("examples"):
        return True
    schema = content.get("schema", {})
    if schema.get("type") == "array":
        schema = schema["items"]
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return bool(schema.get("examples")) or all(
        field.get("examples") or "$ref" in str(field) or field.get("type") == "boolean"
        for field in schema.get("properties", {"none": {}}).values()
    )
