"""A small register: a province, its communes, procedures and what they finished."""

from datetime import date

from sqlmodel import Session

from app.core.collation import sort_key
from app.units.tables import Service, Unit, Volume

PROVINCE = "24"
COMMUNES = {"07777": "Phường Việt Yên", "07774": "Phường Tự Lạn", "07210": "Phường Bắc Giang"}
SERVICES = {
    "1.004194": ("Đăng ký tạm trú", "Đăng ký cư trú"),
    "2.000815": ("Chứng thực bản sao", "Chứng thực"),
}
IN_FORCE_ON = date(2025, 7, 1)


def a_unit(
    session: Session, code: str, name: str, *, parent: Unit | None = None, kind: str = "commune"
) -> Unit:
    """One unit under its parent, or at the top."""
    unit = Unit(
        unit_code=code,
        name=name,
        kind=kind,
        parent_code=parent.unit_code if parent else None,
        path=f"{parent.path if parent else '/'}{code}/",
        sort_key=sort_key(name),
        valid_from_on=IN_FORCE_ON,
    )
    session.add(unit)
    session.flush()
    return unit


def a_province_with_communes(session: Session) -> Unit:
    """Bắc Ninh with three of its wards; returns the province."""
    province = a_unit(session, PROVINCE, "Tỉnh Bắc Ninh", kind="province")
    for code, name in COMMUNES.items():
        a_unit(session, code, name, parent=province, kind="ward")
    return province


def some_services(session: Session) -> None:
    """Two procedures of two fields."""
    for code, (name, field) in SERVICES.items():
        session.add(
            Service(service_code=code, name=name, field=field, level="Cấp xã", sort_key=sort_key(name))
        )
    session.flush()


def a_volume(session: Session, unit_code: str, month: str, *, finished: int, service_code: str = "") -> None:
    """Dossiers finished at the counter, all on time."""
    session.add(
        Volume(
            unit_code=unit_code,
            service_code=service_code,
            submission="counter",
            month=month,
            population_kind="finished_dossiers",
            finished=finished,
            on_time=finished,
            late=0,
        )
    )
    session.flush()
