"""Tables for spreadsheets: CSV by RFC 4180 that none of them takes for more than it is."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any

import msgspec
from fastapi import Query

from oncue.engine.structs import Row

from .models import Sheet

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a spreadsheet recognises a formula (OWASP, CSV injection)."""
CSV = "text/csv; charset=utf-8"
BOM = "\ufeff"

Excel = Annotated[bool, Query(description="begin with a byte order mark, by which Excel knows UTF-8")]


def sheets(rows: list[Row]) -> list[Sheet]:
    """Rows by their table; a table has all columns that any of its rows has, in the order of their first coming."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(row.cells)
    return [_sheet(name, cells) for name, cells in tables.items()]


def as_csv(sheet: Sheet) -> str:
    """A table as CSV with its heads."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe(column) for column in sheet.columns])
    writer.writerows([safe(cell) for cell in row] for row in sheet.rows)
    return out.getvalue()


def safe(cell: Any) -> Any:
    """A cell as a spreadsheet may have it: what it would take for a formula begins with an apostrophe."""
    if isinstance(cell, (list, dict)):
        cell = msgspec.json.encode(cell).decode()
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def download(name: str) -> dict[str, str]:
    """The header with which a browser saves an answer under this name."""
    plain = [letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in name]
    return {"Content-Disposition": f'attachment; filename="{"".join(plain)}"'}


def _sheet(name: str, cells: list[dict[str, Any]]) -> Sheet:
    columns = list(dict.fromkeys(column for row in cells for column in row))
    return Sheet(name=name, columns=columns, rows=[[row.get(column) for column in columns] for row in cells])
