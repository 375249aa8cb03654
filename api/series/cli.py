"""`oncue results`: what came out of a show or a series, over the host API of a running node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from oncue.api.remote import Remote


def results(
    show: Annotated[str, typer.Argument(help="The show's id or code.")] = "",
    series: Annotated[str, typer.Option(help="The leaderboard of a series instead: its id.")] = "",
    segment: Annotated[str, typer.Option(help="Only this segment of the show.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Results of a show, a table for each segment, or the leaderboard of a series: CSV, or with --json JSON."""
    from oncue.api.remote import remote

    if bool(show) == bool(series):
        raise typer.BadParameter("give a show, or --series")
    node = remote()
    if series:
        path = f"series/{series}/leaderboard"
        _say(node.ask("GET", path if as_json else f"{path}.csv").text)
        return
    id = node.show(show)["id"]
    if segment:
        path = f"shows/{id}/segments/{segment}/results"
        _say(node.ask("GET", path if as_json else f"{path}.csv").text)
        return
    shown = node.ask("GET", f"shows/{id}/rundown").json()
    played = [one for one in shown["segments"] if one["state"] != "ready"]
    found = [(one, _results(node, f"shows/{id}/segments/{one['id']}/results", as_json)) for one in played]
    if as_json:
        typer.echo(msgspec.json.encode([msgspec.Raw(text.encode()) for _, text in found if text]).decode())
        return
    for one, text in found:
        if text:
            typer.echo(f"# {one['id']} {one['title']}")
            _say(text)


def _results(node: Remote, path: str, as_json: bool) -> str:
    """Empty for a segment of a closed show that was never live."""
    from oncue.api.remote import Refused

    try:
        return node.ask("GET", path if as_json else f"{path}.csv").text
    except Refused as no:
        if no.code != "results/none":
            raise
        return ""


def _say(text: str) -> None:
    typer.echo(text, nl=not text.endswith("\n"))
