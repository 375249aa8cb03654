"""`oncue webhook`: the webhooks of a running node, over its host API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

if TYPE_CHECKING:
    from oncue.api.remote import Remote

app = typer.Typer(no_args_is_help=True, help="Webhooks: whom a running node tells what happens in shows.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Id = Annotated[str, typer.Argument(help="The webhook's id.")]
TRY_S, LOOK_S = 20.0, 0.1
"""How long, and how often, it is looked what came of a try."""


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="https://…, where events are to be sent.")],
    events: Annotated[
        list[str] | None,
        typer.Option("--event", help="Only such: segment.*, format.trivia.*; may be given again."),
    ] = None,
    show: Annotated[str, typer.Option(help="Only of this show: its id or code.")] = "",
    description: Annotated[str, typer.Option(help="For people.")] = "",
    as_json: Json = False,
) -> None:
    """Tell somebody what happens. Prints the secret with which it is signed, once."""
    node = _node()
    body = {"url": url, "events": events or ["*"], "description": description}
    if show:
        body["show"] = node.show(show)["id"]
    made = node.ask("POST", "webhooks", body).json()
    if as_json:
        _json(made)
        return
    typer.echo(f"id      {made['id']}\nsecret  {made['secret']}")


@app.command("list")
def list_webhooks(as_json: Json = False) -> None:
    """All of them, and how they fare."""
    found = _node().ask("GET", "webhooks").json()
    if as_json:
        _json(found)
        return
    rows = [
        [
            one["id"],
            one["url"],
            " ".join(one["events"]),
            one["show"] or "all",
            _state(one),
            str(one["dead"] or ""),
        ]
        for one in found
    ]
    _table(["id", "url", "events", "show", "state", "dead"], rows)


@app.command()
def remove(webhook: Id) -> None:
    """Tell it nothing more, and forget what was sent."""
    gone = _node().ask("DELETE", f"webhooks/{webhook}").json()
    typer.echo(f"{gone['url']} is told nothing more")


@app.command("test")
def try_webhook(webhook: Id, as_json: Json = False) -> None:
    """Send it an event, and say what came of it. Exit code 1 if it failed."""
    node = _node()
    event = node.ask("POST", f"webhooks/{webhook}/test").json()["event"]
    end = time.monotonic() + TRY_S
    tried = node.ask("GET", f"webhooks/{webhook}/deliveries/{event}").json()
    while not tried["attempts"] and time.monotonic() < end:
        time.sleep(LOOK_S)
        tried = node.ask("GET", f"webhooks/{webhook}/deliveries/{event}").json()
    if as_json:
        _json(tried)
    else:
        typer.echo(_attempt(tried["attempts"][-1]) if tried["attempts"] else "it was not sent yet")
    if tried["state"] != "sent":
        raise typer.Exit(1)


@app.command()
def deliveries(
    webhook: Id,
    state: Annotated[str, typer.Option(help="Only these: pending, sent or dead.")] = "",
    retry: Annotated[bool, typer.Option("--retry", help="Send those that are listed again.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many of the newest.")] = 100,
    as_json: Json = False,
) -> None:
    """What was sent to it, newest first, and what was given up."""
    node = _node()
    found = node.ask("GET", f"webhooks/{webhook}/deliveries?state={state}&limit={limit}").json()
    if retry:
        found = [
            node.ask("POST", f"webhooks/{webhook}/deliveries/{one['event']}/retry").json() for one in found
        ]
    if as_json:
        _json(found)
        return
    rows = [[one["event"], one["type"], one["state"], str(one["tries"])] for one in found]
    _table(["event", "type", "state", "tries"], rows)


@app.command()
def replay(
    webhook: Id, since: Annotated[str, typer.Argument(help="RFC 3339, such as 2026-03-01T20:00:00Z.")]
) -> None:
    """Send it all that happened since then again, with the same ids."""
    done = _node().ask("POST", f"webhooks/{webhook}/replay", {"since": since}).json()
    typer.echo(f"{done['events']} events set out again")
    if done["more"]:
        typer.echo(f"there are more: go on from {done['until']}")


def _node() -> Remote:
    from oncue.api.remote import remote

    return remote()


def _json(said: Any) -> None:
    typer.echo(msgspec.json.encode(said).decode())


def _table(columns: list[str], rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in [columns, *rows]:
        cells = zip(row, widths, strict=True)
        typer.echo("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def _state(webhook: dict[str, Any]) -> str:
    if not webhook["active"]:
        return f"off: {webhook['why']}"
    return "failing" if webhook["failing_since"] else "well"


def _attempt(attempt: dict[str, Any]) -> str:
    said = attempt["error"] or f"HTTP {attempt['status']}"
    return f"{said} after {attempt['took_ms']} ms"
