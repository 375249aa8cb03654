"""Gives uv what this machine's pip is set to: uv reads neither pip.conf nor PIP_*.

Sources: https://pip.pypa.io/en/stable/topics/configuration/ and https://docs.astral.sh/uv/reference/environment/
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping

# pip's option -> (uv's variable, what stands between several values)
NAMES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "proxy": ("ALL_PROXY", " "),
}
# Later sections win, as they do for `pip install`.
SECTIONS = ("global", "install", ":env:")


def parse(listing: str) -> dict[str, str]:
    """pip's options from the lines of `pip config list`, such as `global.index-url='…'`."""
    options: dict[str, str] = {}
    for section in SECTIONS:
        for line in listing.splitlines():
            name, equals, value = line.partition("=")
            if equals and name.startswith(f"{section}."):
                options[name.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
    return options


def translate(options: Mapping[str, str]) -> dict[str, str]:
    """The same settings in uv's variables. Like pip, uv then takes the best version of all indexes."""
    variables = {"UV_INDEX_STRATEGY": "unsafe-best-match"} if "extra-index-url" in options else {}
    for option, (variable, between) in NAMES.items():
        if words := options.get(option, "").split():
            variables[variable] = between.join(words)
    return variables


def uv_environment(*pythons: str) -> dict[str, str]:
    """The environment for uv, by the first of the interpreters that has pip; what is set for uv already stays.

    This interpreter's base comes first: it has this machine's pip, and our own virtual environment may have none.
    """
    base: str = getattr(sys, "_base_executable", sys.executable)
    for python in (base, sys.executable, *pythons):
        command = [python, "-m", "pip", "config", "list"]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        if said.returncode == 0:
            return {**translate(parse(said.stdout)), **os.environ}
    return dict(os.environ)
