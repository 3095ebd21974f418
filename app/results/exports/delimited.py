"""Results as CSV and JSON: what a spreadsheet opens rightly and can never take for a formula."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.results.columns import Column
from app.results.exports.sheet import Sheet, as_json

BYTE_ORDER_MARK = "\ufeff"
RISKY_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # spreadsheets read wide forms too


def write_csv(sheet: Sheet, path: Path, _language: str) -> None:
    """UTF-8 with a byte order mark, so that a spreadsheet opens Vietnamese rightly; decimals with a point."""
    shown = [_csv_cell(column, sheet.digits[column.name]) for column in sheet.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BYTE_ORDER_MARK)
        writer = csv.writer(file)
        writer.writerow([harmless(column.name) for column in sheet.columns])
        for row in sheet.rows():
            writer.writerow([show(value) for show, value in zip(shown, row, strict=True)])


def write_json(sheet: Sheet, path: Path, _language: str) -> None:
    """The run and its rows; null where there is no value."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        json.dump(as_json(sheet), file, ensure_ascii=False, allow_nan=False, indent=1)
        file.write("\n")


def harmless(text: str) -> str:
    """Text a spreadsheet will not take for a formula: an apostrophe goes before a risky first sign."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(RISKY_STARTS) else text


def _csv_cell(column: Column, digits: int) -> Callable[[Any], str]:
    if column.kind == "text":
        return lambda value: "" if value is None else harmless(value)
    if column.kind == "whole":
        return lambda value: "" if value is None else str(value)
    return lambda value: "" if value is None else f"{value:.{digits}f}"
