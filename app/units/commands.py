"""Units, services and volumes on the command line."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from app.core.commands import command_session, err, out
from app.core.config import settings
from app.core.language import translator
from app.core.tabular import read_file
from app.units import imports, shipped
from app.units.imports import FileKind, Imported
from app.units.service import list_services, list_units

units = typer.Typer(no_args_is_help=True)
services = typer.Typer(no_args_is_help=True)
volumes = typer.Typer(no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="CSV (UTF-8) or XLSX; see docs/data-files.md")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Kiểm tra, không lưu / check, store nothing")]


class _OnlyTried(Exception):
    """Ends a dry run: everything is rolled back."""


def _import(file: Path, kind: FileKind, *, dry_run: bool) -> None:
    try:
        with command_session() as session:
            rows = track(read_file(file, kind.columns), file.name, console=err, transient=True)
            done = kind.store(session, rows, file.name)
            if dry_run:
                raise _OnlyTried
    except _OnlyTried:
        _tell(done, tried=True)
    else:
        _tell(done)


def _tell(done: Imported, *, tried: bool = False) -> None:
    say = translator(settings().language)
    lead = say("Checked, nothing stored") if tried else say("Stored")
    counts = say("{inserted} new, {updated} changed, {unchanged} as before")
    filled = counts.format(inserted=done.inserted, updated=done.updated, unchanged=done.unchanged)
    out.print(f"{lead}: {filled}")


@units.command("import")
def import_units(file: File, dry_run: DryRun = False) -> None:
    """Nhập đơn vị từ tệp / import units: code, name, kind, parent_code, valid_from, valid_to."""
    _import(file, imports.UNITS, dry_run=dry_run)


@units.command("load-reference")
def load_units(
    province: Annotated[str, typer.Option(help="Mã tỉnh, hai chữ số / two digits; empty = all")] = "",
) -> None:
    """Nạp tỉnh, xã hiện hành và bảng đối chiếu cũ - mới / load the units in force and the old-to-new map."""
    with command_session() as session:
        done = shipped.load_units(session, province=province)
    _tell(done)


@units.command("list")
def show_units(
    search: Annotated[str, typer.Option(help="Tên, không cần dấu / name, marks optional")] = "",
) -> None:
    """Danh sách đơn vị / list units."""
    with command_session() as session:
        for unit in list_units(session, search=search):
            out.print(f"{unit.unit_code}\t{unit.name}\t{unit.kind}\t{unit.parent_code or ''}", markup=False)


@services.command("import")
def import_services(file: File, dry_run: DryRun = False) -> None:
    """Nhập thủ tục từ tệp / import services: code, name, field, level."""
    _import(file, imports.SERVICES, dry_run=dry_run)


@services.command("load-reference")
def load_services() -> None:
    """Nạp mẫu thủ tục có thật / load the sample of real procedures."""
    with command_session() as session:
        done = shipped.load_services(session)
    _tell(done)


@services.command("list")
def show_services(search: Annotated[str, typer.Option(help="Tên hoặc mã / name or code")] = "") -> None:
    """Danh sách thủ tục / list services."""
    with command_session() as session:
        for service in list_services(session, search=search):
            out.print(f"{service.service_code}\t{service.field}\t{service.name}", markup=False)


@volumes.command("import")
def import_volumes(file: File, dry_run: DryRun = False) -> None:
    """Nhập số hồ sơ đã giải quyết / import volumes: unit_code, service_code, submission, month, …"""
    _import(file, imports.VOLUMES, dry_run=dry_run)
