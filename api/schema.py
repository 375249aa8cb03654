"""Writes the web client's types from the wire's structs: `python -m oncue.api.schema` (`--check`: exit 1 when they are stale)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, get_args

import msgspec

from oncue.engine import blocks, wire

TARGET = Path(__file__).resolve().parents[1] / "web" / "src" / "wire.ts"
HEAD = "// Made by `python -m oncue.api.schema` from engine/wire.py and engine/blocks.py. Do not edit.\n"

UNIONS = {"UpMsg": wire.UpMsg, "DownMsg": wire.DownMsg, "AnyBlock": blocks.AnyBlock}
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}

Schema = dict[str, Any]


def typescript() -> str:
    """All types of the link and of scenes as TypeScript: an interface for each struct, a union type for each union of them."""
    _, parts = msgspec.json.schema_components(tuple(UNIONS.values()), ref_template="{name}")
    unions = {frozenset(kind.__name__ for kind in get_args(union)): name for name, union in UNIONS.items()}
    said = [HEAD, f"export const VERSION = {wire.VERSION};\n"]
    said += [f"export type {name} = {' | '.join(sorted(kinds))};\n" for kinds, name in unions.items()]
    said += [_interface(name, parts[name], unions) for name in sorted(parts)]
    return "\n".join(said)


def _interface(name: str, schema: Schema, unions: dict[frozenset[str], str]) -> str:
    required = set(schema.get("required", ()))
    lines = [f"/** {' '.join(schema.get('description', '').split())} */", f"export interface {name} {{"]
    for field, kind in schema["properties"].items():
        lines.append(f"  {field}{'' if field in required else '?'}: {_type(kind, unions)};")
    return "\n".join([*lines, "}\n"])


def _type(schema: Schema, unions: dict[frozenset[str], str]) -> str:
    """The TypeScript type of one JSON Schema."""
    if "$ref" in schema:
        return str(schema["$ref"])
    if "enum" in schema:
        return " | ".join(f'"{word}"' for word in schema["enum"])
    if "anyOf" in schema:
        kinds = [_type(part, unions) for part in schema["anyOf"]]
        return unions.get(frozenset(kinds)) or " | ".join(kinds)
    if schema.get("type") == "array":
        inner = _type(schema.get("items") or {}, unions)
        return f"{inner}[]" if inner.isalnum() else f"({inner})[]"
    if schema.get("type") == "object":
        return f"Record<string, {_type(schema.get('additionalProperties') or {}, unions)}>"
    return PLAIN.get(schema.get("type", ""), "unknown")


def keep(target: Path, made: str, stale: str, *, check: bool) -> int:
    """Write a file that is made from the code; or only `check` whether it is as made, and say that it is `stale`: then 1."""
    if not check:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(made, encoding="utf-8")
        return 0
    if target.exists() and target.read_text(encoding="utf-8") == made:
        return 0
    sys.stderr.write(f"{stale}\n")
    return 1


def main(arguments: list[str]) -> int:
    """1 when `--check` finds the file stale."""
    stale = "web/src/wire.ts is stale: run `python -m oncue.api.schema`"
    return keep(TARGET, typescript(), stale, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
