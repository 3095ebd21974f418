"""The real units and procedures: counts of the decisions in force, and the map from old communes."""

import pytest
from sqlmodel import func, select

from app.core.database import Database
from app.core.errors import NotFound
from app.units.service import list_units, successors_of
from app.units.shipped import load_services, load_units
from app.units.tables import Service, Unit, UnitSuccession

# Decision 19/2025/QĐ-TTg as amended in 2026
IN_FORCE = {"province": 27, "city": 7, "commune": 2611, "ward": 697, "special_zone": 13}


def test_every_unit_in_force_is_there_once(database: Database) -> None:
    with database.write() as session:
        done = load_units(session)
    assert (done.inserted, done.updated) == (3355, 0)
    with database.read() as session:
        assert dict(session.exec(select(Unit.kind, func.count()).group_by(Unit.kind)).all()) == IN_FORCE
        assert session.exec(select(func.count()).select_from(UnitSuccession)).one() == 10597
        new_codes = set(session.exec(select(UnitSuccession.new_code)).all())
        assert new_codes <= set(session.exec(select(Unit.unit_code)).all())


def test_loading_again_changes_nothing(database: Database) -> None:
    with database.write() as session:
        load_units(session, province="24")
        again = load_units(session, province="24")
        assert (again.inserted, again.updated, again.unchanged) == (0, 0, 100)
        assert load_services(session).inserted == 2642
        assert load_services(session).unchanged == 2642
        assert session.exec(select(func.count()).select_from(Service)).one() == 2642


def test_an_old_commune_leads_to_its_heirs_the_main_one_first(database: Database) -> None:
    with database.write() as session:
        load_units(session, province="22")
        heirs = successors_of(session, "06886")
    assert [heir.is_default for heir in heirs] == sorted((heir.is_default for heir in heirs), reverse=True)
    # the two sources disagree on the code of Ba Chẽ: 06978 is the one in force
    assert "06978" in {heir.new_code for heir in heirs}


def test_a_search_needs_no_marks(database: Database) -> None:
    with database.write() as session:
        load_units(session, province="24")
        assert "Phường Việt Yên" in [unit.name for unit in list_units(session, search="viet yen")]


def test_a_province_nobody_knows_is_told(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFound, match="province 99"):
        load_units(session, province="99")
