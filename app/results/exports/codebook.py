"""What a data file holds, for other programs: DDI Codebook 2.5 (XML), Frictionless data package (JSON)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from app.core.language import translator
from app.results.exports.labelled import Labelled, Variable

DDI = "ddi:codebook:2_5"
DDI_SCHEMA = "http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
FIELD_TYPES = {"text": "string", "whole": "integer", "real": "number"}
DIGEST_BYTES = 1 << 20
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "sav": "application/x-spss-sav",
    "dta": "application/x-stata-dta",
    "parquet": "application/vnd.apache.parquet",
    "xml": "application/xml",
    "zip": "application/zip",
}


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


ABSTRACT = _(
    "Satisfaction of citizens with administrative services, computed by this system; "
    "not the SIPAS index, which the ministry announces."
)


@dataclass(frozen=True, slots=True)
class Described:
    """A data file beside its description: `path` as people will find it."""

    data: Labelled
    path: str


def ddi_xml(files: Sequence[Described], *, title: str, made_on: date) -> bytes:
    """One DDI Codebook 2.5 document for these files, in the order its schema asks for."""
    ET.register_namespace("", DDI)
    ET.register_namespace("xsi", XSI)
    first = files[0].data
    root = ET.Element(
        f"{{{DDI}}}codeBook",
        {
            "version": "2.5",
            f"{{{XML}}}lang": first.language,
            f"{{{XSI}}}schemaLocation": f"{DDI} {DDI_SCHEMA}",
        },
    )
    _study(root, files, title=title, made_on=made_on)
    for i, described in enumerate(files, start=1):
        _file(root, described, f"F{i}")
    variables = _add(root, "dataDscr")
    for i, described in enumerate(files, start=1):
        for j, variable in enumerate(described.data.variables, start=1):
            _variable(variables, variable, name=f"F{i}V{j}", file=f"F{i}")
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def data_package(files: Sequence[Described], *, title: str, made_on: date, folder: Path) -> bytes:
    """datapackage.json (Frictionless Data Package 1): these files, with their fields."""
    first = files[0].data
    package = {
        "profile": "data-package",
        "name": _slug(title),
        "title": title,
        "description": translator(first.language)(ABSTRACT),
        "created": made_on.isoformat(),
        "sources": [{"title": f"{name}: {value}"} for name, value in first.identity.items()],
        "resources": [_resource(one, folder) for one in files],
    }
    return json.dumps(package, ensure_ascii=False, indent=1).encode() + b"\n"


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(DIGEST_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _study(root: ET.Element, files: Sequence[Described], *, title: str, made_on: date) -> None:
    first = files[0].data
    citation = _add(_add(root, "stdyDscr"), "citation")
    name = _add(citation, "titlStmt")
    _add(name, "titl", title)
    _add(name, "IDNo", first.identity.get("round", title))
    _add(_add(citation, "prodStmt"), "prodDate", made_on.isoformat(), date=made_on.isoformat())
    info = _add(root[-1], "stdyInfo")
    _add(info, "abstract", translator(first.language)(ABSTRACT))
    method = _add(root[-1], "method")
    collected = _add(method, "dataColl")
    lines = dict.fromkeys(line for one in files for line in one.data.notes)
    _add(collected, "weight", "\n".join(lines) or "-")
    for label, value in first.identity.items():
        _add(method, "notes", f"{label}: {value}")


def _file(root: ET.Element, described: Described, name: str) -> None:
    text = _add(_add(root, "fileDscr", ID=name), "fileTxt")
    _add(text, "fileName", described.path)
    size = _add(text, "dimensns")
    _add(size, "caseQnty", str(described.data.row_count))
    _add(size, "varQnty", str(len(described.data.variables)))
    _add(text, "fileType", described.path.rsplit(".", 1)[-1])


def _variable(parent: ET.Element, variable: Variable, *, name: str, file: str) -> None:
    kind = "discrete" if variable.values or variable.texts else "contin"
    attributes = {"ID": name, "name": variable.name, "files": file, "intrvl": kind}
    if variable.kind == "real":
        attributes["dcml"] = str(variable.digits)
    found = _add(parent, "var", **attributes)
    _add(found, "labl", variable.label, level="variable")
    categories: Mapping[Any, str] = {**variable.values, **variable.texts}
    for code, text in categories.items():
        _category(found, code, text)
    for code, text in variable.missing.items():
        _category(found, code, text, missing="Y")
    _add(found, "varFormat", type="character" if variable.kind == "text" else "numeric")
    if variable.source:
        _add(found, "notes", variable.source)


def _category(parent: ET.Element, code: object, text: str, **attributes: str) -> None:
    category = _add(parent, "catgry", **attributes)
    _add(category, "catValu", str(code))
    _add(category, "labl", text, level="category")


def _add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    found = ET.SubElement(parent, f"{{{DDI}}}{tag}", attributes)
    found.text = "".join(c for c in text if c >= " " or c in "\t\n") or None
    return found


def _resource(described: Described, folder: Path) -> dict[str, Any]:
    path = folder / described.path
    return {
        "profile": "tabular-data-resource" if path.suffix == ".csv" else "data-resource",
        "name": _slug(Path(described.path).stem),
        "path": described.path,
        "format": path.suffix.removeprefix("."),
        "mediatype": MEDIA_TYPES[path.suffix.removeprefix(".")],
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest_of(path)}",
        "schema": {"fields": [_field(v) for v in described.data.variables], "missingValues": [""]},
    }


def _field(variable: Variable) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": variable.name,
        "type": FIELD_TYPES[variable.kind],
        "description": variable.label,
    }
    meanings: Mapping[Any, str] = {**variable.values, **variable.texts}
    if variable.values and variable.missing:
        found["missingCodes"] = {str(code): text for code, text in variable.missing.items()}
    if meanings:
        found["labels"] = {str(code): text for code, text in meanings.items()}
    return found


def _slug(text: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "-" for c in text.lower())
    return kept.strip("-") or "data"
