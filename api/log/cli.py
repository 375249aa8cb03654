"""`oncue log`: a show's log as a file."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from .archive import Archive

app = typer.Typer(no_args_is_help=True, help="The log of a show as a file: export, import, verify, look.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Target = Annotated[str, typer.Argument(metavar="FILE|SHOW", help="An archive, or a show's id or code.")]
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="An archive.")]


@app.command()
def export(
    show: Annotated[str, typer.Argument(help="The show's id or code.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The file; else SHOW.oncue.")] = None,
    sign: Annotated[bool, typer.Option("--sign", help="Sign it with the node's key.")] = False,
    public: Annotated[
        bool,
        typer.Option(
            "--public", help="Without what is secret: JSON, a line for each entry. It cannot be imported."
        ),
    ] = False,
) -> None:
    """Write the log of a show to a file. It has all that is secret in the show: the file is for its owner alone."""
    from .archive import Archive
    from .files import Carrier

    carrier = Carrier.here()
    found = carrier.show(show)
    file = out or Path(f"{found['id']}.{'ndjson' if public else 'oncue'}")
    part = file.with_name(f".{file.name}.part")
    try:
        if public:
            carrier.lines(found["id"], part)
        else:
            carrier.export(found["id"], sign=sign, file=part)
            Archive(part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    typer.echo(f"{found['title']}: {file} ({file.stat().st_size:,} bytes)")


@app.command("import")
def import_(
    file: File,
    wanted: Annotated[
        str,
        typer.Option("--as", metavar="ID", help="The id of the new show; else one that comes from the log."),
    ] = "",
    as_json: Json = False,
) -> None:
    """Make a show of an archive, on the node: closed, with its log, results and people. Nothing is overwritten."""
    from .archive import Archive
    from .files import Carrier

    Archive(file)
    made = Carrier.here().bring(file, wanted)
    if as_json:
        _print(made)
        return
    typer.echo(
        f"{made['title']}: {'imported' if made['new'] else 'was here already'} as {made['id']} ({made['entries']:,} entries)"
    )
    if made["same"] is False:
        typer.secho(
            "it plays to another state than the archive says: see `oncue replay`", fg="yellow", err=True
        )
    typer.echo(made["host_url"])


@app.command()
def verify(
    file: File,
    key: Annotated[str, typer.Option(help="It must be signed by this key (see `oncue log key`).")] = "",
    as_json: Json = False,
) -> None:
    """Read all of an archive: whether it is whole, as it was written, and signed by whom. `oncue replay` plays it besides."""
    from oncue.engine.errors import BadInput

    from .archive import Archive
    from .look import plain

    found = Archive(file)
    signed = found.signature.key if found.signature else ""
    if key and key != signed:
        why = f"it is signed by another key: {signed}" if signed else "it is not signed"
        raise BadInput(why, code="archive/signature", hint="do not trust this file")
    if as_json:
        _print(summary(found))
        return
    for name, value in summary(found).items():
        typer.echo(plain(f"{name.replace('_', ' '):<10} {value}"))


@app.command()
def key() -> None:
    """The public key that this node signs archives with."""
    from oncue.api.keys import signing_secret
    from oncue.api.settings import Settings

    from .signing import Signer

    typer.echo(Signer(signing_secret(Settings.read(os.environ))).public)


@app.command()
def show(  # noqa: PLR0913, PLR0917  # its arguments are the options
    target: Target,
    segment: Annotated[str | None, typer.Option(help="Only of this segment; '' for the show itself.")] = None,
    viewer: Annotated[
        int | None, typer.Option(help="Only of this person; 0 for the clock and the show.")
    ] = None,
    kind: Annotated[str, typer.Option("--type", help="Only actions of this type.")] = "",
    outcome: Annotated[str, typer.Option(help="Only with this outcome: counted, repeat, or a code.")] = "",
    after: Annotated[int, typer.Option(min=0, help="Only what stands after this sequence.")] = 0,
    as_json: Json = False,
) -> None:
    """Who did what, and what became of it: a line for each entry."""
    from .files import opened, public_lines

    wanted = {"segment": segment, "viewer": viewer, "type": kind or None, "outcome": outcome or None}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    with opened(target) as archive:
        for line in public_lines(archive):
            if line["seq"] > after and all(line.get(name) == value for name, value in wanted.items()):
                _print(line) if as_json else typer.echo(_line(line))


def summary(archive: Archive) -> dict[str, Any]:
    """An archive in a few words."""
    head, end = archive.header, archive.finish
    return {
        "show": head.show,
        "title": head.title,
        "since": _when(head.since),
        "until": _when(head.until),
        "messages": end.messages,
        "entries": end.entries,
        "formats": ", ".join(dict.fromkeys(f"{one.format} {one.version}" for one in end.rundown)),
        "software": head.software,
        "state": end.state.hash if end.state else "",
        "digest": archive.digest,
        "signed_by": archive.signature.key if archive.signature else "",
    }


def _line(line: dict[str, Any]) -> str:
    from .look import clock, plain

    if "unreadable" in line:
        return f"{line['seq']:>9}  {line['unreadable']}"
    fields = " ".join(f"{name}={value}" for name, value in line["fields"].items())
    outcome = "" if line["outcome"] == "counted" else f"  [{line['outcome']}]"
    who = f"{line['role']} {line['viewer'] or ''}".strip()
    return plain(
        f"{line['seq']:>9}  {clock(line['at'])}  {line['segment'] or '-':<4} {who:<26} {line['type']} {fields[:200]}{outcome}"
    )


def _when(at: int) -> str:
    try:
        return datetime.fromtimestamp(at / 1e6, UTC).astimezone().isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):  # a file may say anything
        return str(at)


def _print(said: Any) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
