"""`oncue show`: the host API of a running node from the command line. ONCUE_PUBLIC_URL (else the local port) says where it is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import httpx
import msgspec
import typer
from rich.console import Console
from rich.table import Table

from oncue.engine.errors import OncueError, Unavailable

from .keys import api_key
from .settings import Settings

app = typer.Typer(no_args_is_help=True, help="Shows on a running node: create, list, look, close.")
console = Console(highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Show = Annotated[str, typer.Argument(help="The show's id or code.")]


class Refused(OncueError):
    """What the node answered: its code, message and hint."""


class Remote:
    """The host API of a node. Raises what the node answers as `Refused`, and `Unavailable` (`show/no-node`) when none does."""

    def __init__(self, settings: Settings) -> None:
        self._http = httpx.Client(
            base_url=settings.base_url, headers={"Authorization": f"Bearer {api_key(settings)}"}, timeout=15
        )

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request."""
        try:
            response = self._http.request(method, f"/api/{path}", json=body)
        except httpx.TransportError as error:
            where = self._http.base_url
            raise Unavailable(
                f"no node answers at {where}: {error}", code="show/no-node", hint="run `oncue serve`"
            ) from error
        if response.is_error:
            raise refusal(response)
        return response

    def show(self, word: str) -> dict[str, Any]:
        """A show by its id or its code."""
        shows = self.ask("GET", "shows").json()
        found = next((show for show in shows if word.lower() in (show["id"], show["code"].lower())), None)
        return found or dict(self.ask("GET", f"shows/{word}").json())


def refusal(response: httpx.Response) -> OncueError:
    """What an answer that is an error says; one that does not come from a node may say anything."""
    try:
        said = response.json()
        return Refused(str(said["message"]), code=str(said["code"]), hint=str(said["hint"]))
    except (ValueError, LookupError, TypeError):
        why = f"what answers at {response.url.copy_with(query=None)} is no node: HTTP {response.status_code}"
        return Unavailable(
            why, code="show/no-node", hint="is ONCUE_PUBLIC_URL right, and the node running behind it?"
        )


def remote() -> Remote:
    """The node that the environment names."""
    import os

    return Remote(Settings.read(os.environ))


@app.command("list")
def list_shows(as_json: Json = False) -> None:
    """The shows of the node, newest first."""
    shows = remote().ask("GET", "shows").json()
    if as_json:
        typer.echo(msgspec.json.encode(shows).decode())
        return
    table = Table("code", "id", "title", "state", box=None)
    for show in shows:
        table.add_row(show["code"], show["id"], show["title"], show["state"])
    console.print(table)


@app.command()
def create(
    rundown: Annotated[
        Path,
        typer.Argument(
            help='A JSON file: {"title", "picture", "rundown": [{"format", "settings"}]}; - reads it.'
        ),
    ],
    as_json: Json = False,
) -> None:
    """Make a show of a rundown, and print its links."""
    text = sys.stdin.read() if str(rundown) == "-" else rundown.read_text()
    try:
        body = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise typer.BadParameter(f"{rundown} is not JSON: {error}") from error
    _print(remote().ask("POST", "shows", body).json(), as_json)


@app.command()
def look(show: Show, as_json: Json = False) -> None:
    """What a show is, and how far its rundown is."""
    node = remote()
    found = node.show(show)
    _print({**found, "rundown": node.ask("GET", f"shows/{found['id']}/rundown").json()}, as_json)


@app.command()
def close(show: Show) -> None:
    """End a show."""
    node = remote()
    found = node.show(show)
    node.ask("DELETE", f"shows/{found['id']}")
    typer.echo(f"{found['title']} is closed")


@app.command()
def results(
    show: Show, segment: Annotated[str, typer.Argument(help="The segment's id, such as s1.")]
) -> None:
    """The results of a segment, as CSV."""
    node = remote()
    typer.echo(
        node.ask("GET", f"shows/{node.show(show)['id']}/segments/{segment}/results.csv").text, nl=False
    )


@app.command()
def log(
    show: Show, after: Annotated[int, typer.Option(help="Only what stands after this sequence.")] = 0
) -> None:
    """Who did what and whether it counted: one JSON object per line."""
    node = remote()
    typer.echo(node.ask("GET", f"shows/{node.show(show)['id']}/log?after={after}").text, nl=False)


def _print(said: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(said).decode())
        return
    for name, value in said.items():
        if isinstance(value, (str, int)):
            typer.echo(f"{name.replace('_', ' '):<12} {value}")  # never cut: links are copied from here
    segments = said.get("rundown")
    for line in segments.get("segments", []) if isinstance(segments, dict) else segments or ():
        console.print(
            f"  {line.get('id', '')}  {line.get('title') or line['format']}  [dim]{line.get('state', '')}[/]"
        )
