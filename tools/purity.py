"""Checks that engine/ outside engine/live stays pure: it imports only what ALLOWED names."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ENGINE = Path(__file__).resolve().parent.parent / "engine"
# Nothing here awaits, reads a clock, draws a number from outside, or touches a file or socket.
ALLOWED = {
    "__future__", "abc", "array", "base64", "bisect", "collections", "contextlib", "copy", "csv", "dataclasses",
    "enum", "functools", "hashlib", "heapq", "inspect", "io", "itertools", "json", "keyword", "math",
    "operator", "re", "statistics", "string", "struct", "textwrap", "traceback", "types", "typing",
    "unicodedata", "zlib", "msgspec", "typing_extensions",
}  # fmt: skip
# A generator that is given its seed is no chance from outside.
ALLOWED_NAMES = {"random.Random"}
FORBIDDEN_CALLS = {"open", "input", "print", "exec", "eval", "breakpoint", "__import__"}


def faults(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and reason of each import, call or coroutine that does not belong in the engine."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (
                    (node.lineno, f"imports {name.name}") for name in names if not _allowed(name.name)
                )
            case ast.ImportFrom(level=level, module=module, names=names):
                for name in names:
                    whole = f"{'.' * level}{module or ''}.{name.name}"
                    if not _allowed(whole):
                        yield node.lineno, f"imports {whole}"
            case ast.Call(func=ast.Name(id=called)) if called in FORBIDDEN_CALLS:
                yield node.lineno, f"calls {called}()"
            case ast.AsyncFunctionDef(name=function):
                yield node.lineno, f"{function} is a coroutine"


def _allowed(name: str) -> bool:
    """Whether a module, or a name of one, may be imported: `math`, `random.Random`, `.structs.State`."""
    if name.startswith((".", "oncue.engine.")):
        return "live" not in name.split(".")
    return name in ALLOWED_NAMES or name.partition(".")[0] in ALLOWED


def main() -> int:
    """Prints the faults; 1 when there are any."""
    found = [
        f"{path.relative_to(ENGINE.parent)}:{line}: {reason}; the engine is pure outside engine/live"
        for path in sorted(ENGINE.rglob("*.py"))
        if "live" not in path.relative_to(ENGINE).parts
        for line, reason in faults(ast.parse(path.read_text()))
    ]
    print("\n".join(found) or "the engine is pure")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
