"""Fill an empty home with the demo: register, forms, eight quarterly rounds, simulated responses."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
from rich.progress import Progress
from sqlmodel import Session

from app.accounts.actors import COMMAND_LINE, EVERYWHERE
from app.accounts.staff import create_staff, grant
from app.collection.mix import mix
from app.collection.schemas import ResponseIn, wire_of_mapping
from app.collection.service import record_many
from app.core import clock
from app.core.database import Database
from app.core.tabular import Row
from app.demo.indices import load_indices
from app.demo.presence import DEMO_PASSWORD, DEMO_USER
from app.demo.province import FORM_OF_MODE, PROVINCE, QUARTERS, SERVICES, UNITS, Quarter, quarters_until
from app.demo.simulate import SEED, Dossiers, Respondents, simulate_dossiers, volume_row
from app.forms.service import get_form, publish
from app.rounds.service import NewRound, create_round
from app.units.imports import import_volumes
from app.units.service import get_service
from app.units.shipped import load_services, load_units


def load_demo(database: Database, progress: Progress, *, most: int = QUARTERS) -> int:
    """The demo's `most` last quarters, with a bar; how many responses. The log-in comes last, as end mark."""
    quarters = quarters_until(clock.today())[-most:]
    rng = np.random.default_rng(SEED)
    with database.write() as session:
        versions = _load_register(session, quarters)
    with database.read() as session:
        forms = {code: get_form(session, version) for code, version in versions.items()}
        fields = {code: get_service(session, code).field for code, _, _ in SERVICES}
    respondents = Respondents(forms, fields, rng)
    total = 0
    for quarter in progress.track(quarters, description="Dữ liệu mô phỏng / simulated data"):
        total += _load_quarter(database, quarter, versions, respondents)
    mix(database, everything=True)
    with database.write() as session:
        load_indices(session, clock.today())
        create_staff(session, DEMO_USER, DEMO_PASSWORD, display_name="Tài khoản mô phỏng", by=COMMAND_LINE)
        grant(session, DEMO_USER, role="administrator", unit_path=EVERYWHERE, by=COMMAND_LINE)
    return total


def _load_register(session: Session, quarters: Sequence[Quarter]) -> dict[str, str]:
    """Units, services, forms and rounds; the published version of each form."""
    load_units(session, only=(PROVINCE, *(unit.unit_code for unit in UNITS)))
    load_services(session, codes=tuple(code for code, _, _ in SERVICES))
    codes = dict.fromkeys(FORM_OF_MODE.values())
    versions = {code: publish(session, code, by=DEMO_USER).form_version for code in codes}
    for quarter in quarters:
        create_round(
            session,
            NewRound(
                round_code=quarter.round_code,
                title=quarter.title,
                period_start_on=quarter.start_on,
                period_end_on=quarter.end_on,
                units=(PROVINCE,),
                forms={mode: versions[code] for mode, code in FORM_OF_MODE.items()},
            ),
        )
    return versions


def _load_quarter(
    database: Database, quarter: Quarter, versions: Mapping[str, str], respondents: Respondents
) -> int:
    """Dossiers and responses of one quarter, up to yesterday; the register lags a month, as it does."""
    today = clock.today()
    cells = simulate_dossiers([month for month in quarter.months if month <= today], respondents.rng)
    known = [cell for cell in cells if cell.month < today.replace(day=1)]
    with database.write() as session:
        rows = [Row(line, volume_row(cell, respondents.rng)) for line, cell in enumerate(known, start=2)]
        import_volumes(session, rows, f"{quarter.round_code}.csv")
    counts = record_many(database, _wires(cells, quarter, versions, respondents, last_day=_day_before(today)))
    if counts.refused:
        raise counts.refused[0][1]
    return counts.recorded


def _wires(
    cells: Sequence[Dossiers],
    quarter: Quarter,
    versions: Mapping[str, str],
    respondents: Respondents,
    *,
    last_day: date,
) -> Iterator[ResponseIn]:
    for cell in cells:
        for fields in respondents.of_cell(cell, quarter.number, last_day):
            version = versions[FORM_OF_MODE[fields["mode"]]]
            yield wire_of_mapping({**fields, "round": quarter.round_code, "form_version": version})


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
