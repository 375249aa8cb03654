"""`oncue new`: begins what an author writes.

`oncue new format NAME` writes a Python package with a small format that works, its tests and its entry point. What it is made of are the
files of templates/, with `{{name}}` and the like in them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Begin something of your own: a format.")


@app.callback()
def new() -> None:
    """Begin something of your own: a format."""


@app.command("format")
def new_format(
    name: Annotated[str, typer.Argument(help="As rundowns will call it, such as tap-the-picture.")],
    into: Annotated[Path, typer.Option(help="The folder in which its folder is made.")] = Path(),
    component: Annotated[
        bool, typer.Option("--component", help="With a web component of its own, in JavaScript.")
    ] = False,
) -> None:
    """Write a Python package with a format that works, its tests and its entry point.

    Nothing is overwritten.
    """
    from .package import next_steps, write
    from .words import Words

    words = Words.of(name)
    folder = into / words.name
    for file in write(words, folder, component=component):
        typer.secho(f"  {folder / file}", dim=True)
    typer.echo(f"{words.title} is a format. What comes next:\n")
    for step in next_steps(words, folder):
        typer.echo(f"  {step}")
