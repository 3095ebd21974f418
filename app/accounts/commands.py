"""`sipas accounts`: the first administrator, staff, and machines' keys."""

import sys
from typing import Annotated

import typer
from rich.table import Table

from app.accounts import service, staff
from app.accounts.actors import COMMAND_LINE
from app.core.commands import command_session, err, out
from app.core.errors import Invalid
from app.core.numbers import day

cli = typer.Typer(no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="Tên đăng nhập / username.")]
Role = Annotated[str, typer.Option(help="administrator, operator, analyst, viewer.")]
UnitCode = Annotated[
    str, typer.Option("--unit", help="Mã đơn vị; bỏ trống = toàn bộ / unit code; empty = everywhere.")
]
FromStdin = Annotated[
    bool,
    typer.Option("--password-stdin", help="Đọc mật khẩu từ đầu vào / read the password from standard input."),
]


@cli.command("create")
def create(
    username: Username,
    role: Role,
    unit: UnitCode = "",
    name: Annotated[str, typer.Option(help="Họ tên / display name.")] = "",
    password_stdin: FromStdin = False,
) -> None:
    """Tạo tài khoản / a new member of staff with a role."""
    service.check_role(role)
    password = _password(password_stdin)
    with command_session() as session:
        unit_path = staff.path_of_unit(session, unit)
        staff.create_staff(session, username, password, display_name=name, by=COMMAND_LINE)
        staff.grant(session, username, role=role, unit_path=unit_path, by=COMMAND_LINE)
    out.print(f"{username.strip().lower()}: {role} {unit_path}", markup=False)


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    first = str(typer.prompt("Mật khẩu / password", hide_input=True))
    if first != typer.prompt("Nhập lại / again", hide_input=True):
        raise Invalid("the two passwords differ", where="password", remedy="type the same one twice")
    return first


@cli.command("grant")
def grant(username: Username, role: Role, unit: UnitCode = "") -> None:
    """Thêm vai trò / give one more role."""
    with command_session() as session:
        unit_path = staff.path_of_unit(session, unit)
        staff.grant(session, username, role=role, unit_path=unit_path, by=COMMAND_LINE)
    out.print(f"{username}: {role} {unit_path}", markup=False)


@cli.command("ungrant")
def ungrant(username: Username, role: Role, unit: UnitCode = "") -> None:
    """Thu hồi một vai trò / take a role away."""
    with command_session() as session:
        unit_path = staff.path_of_unit(session, unit)
        staff.ungrant(session, username, role=role, unit_path=unit_path, by=COMMAND_LINE)
    out.print(f"{username}: - {role} {unit_path}", markup=False)


@cli.command("password")
def password(username: Username, password_stdin: FromStdin = False) -> None:
    """Đặt mật khẩu mới / a new password; ends every session."""
    wanted = _password(password_stdin)
    with command_session() as session:
        staff.set_password(session, username, wanted, by=COMMAND_LINE)
    out.print(f"{username}: ok", markup=False)


@cli.command("deactivate")
def deactivate(username: Username) -> None:
    """Khóa tài khoản / the person may not log in any more."""
    with command_session() as session:
        staff.deactivate(session, username, by=COMMAND_LINE)
    out.print(f"{username}: ok", markup=False)


@cli.command("activate")
def activate(username: Username) -> None:
    """Mở lại tài khoản đã khóa / the person may log in again."""
    with command_session() as session:
        staff.activate(session, username, by=COMMAND_LINE)
    out.print(f"{username}: ok", markup=False)


@cli.command("revoke-sessions")
def revoke_sessions(username: Username) -> None:
    """Đăng xuất khỏi mọi nơi / log the person out everywhere."""
    with command_session() as session:
        ended = staff.end_sessions(session, username, by=COMMAND_LINE)
    out.print(f"{username}: {ended}", markup=False)


@cli.command("list")
def list_accounts() -> None:
    """Danh sách tài khoản / everybody who may log in."""
    shown = Table("username", "tên / name", "vai trò / roles", "trạng thái / state")
    with command_session() as session:
        for person in staff.list_staff(session):
            roles = ", ".join(f"{held.role} {held.unit_path}" for held in person.grants)
            state = "đang dùng / active" if person.active else "đã khóa / inactive"
            shown.add_row(person.username, person.display_name, roles, state)
    out.print(shown)


@cli.command("key-create")
def create_key(
    name: Annotated[str, typer.Option(help="Chương trình nào dùng / the program that will use it.")],
    role: Role,
    unit: UnitCode = "",
) -> None:
    """Tạo khóa API, chỉ hiện một lần / a machine's key, shown once."""
    with command_session() as session:
        unit_path = staff.path_of_unit(session, unit)
        issued = service.create_key(session, name, role=role, unit_path=unit_path, by=COMMAND_LINE)
    err.print(f"{issued.key_id} ({role} {unit_path}): chỉ hiện một lần / shown once", markup=False)
    out.print(issued.secret, markup=False)


@cli.command("key-list")
def list_keys() -> None:
    """Danh sách khóa API / every key; secrets are stored nowhere."""
    shown = Table("id", "tên / name", "vai trò / role", "từ / since", "thu hồi / revoked")
    with command_session() as session:
        for key in service.list_keys(session):
            revoked = day(key.revoked_at.date(), "vi") if key.revoked_at else ""
            since = day(key.created_at.date(), "vi")
            shown.add_row(key.key_id, key.name, f"{key.role} {key.unit_path}", since, revoked)
    out.print(shown)


@cli.command("key-revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="id")]) -> None:
    """Thu hồi khóa API / the key opens nothing from now on."""
    with command_session() as session:
        service.revoke_key(session, key_id, by=COMMAND_LINE)
    out.print(f"{key_id}: ok", markup=False)
