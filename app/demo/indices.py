"""Real figures of other indices, as the press quoted them, under the bodies of their time; targets and plans.

They are the only figures of the demo that are not simulated: the page says so.
"""

from datetime import date
from pathlib import Path

from sqlmodel import Session

from app.accounts.actors import COMMAND_LINE
from app.core.tabular import read_file
from app.demo.province import PROVINCE, UNITS
from app.indicators import service

FIGURES = Path(__file__).parent / "indices.csv"
TARGET, TARGET_SOURCE = "95", "Quyết định 468/QĐ-TTg ngày 27/3/2021"
PLAN = "150"


def load_indices(session: Session, today: date) -> None:
    """Figures of `indices.csv`, the 95 % target of Decision 468, an invented plan of answers a commune."""
    rows = read_file(FIGURES, service.COLUMNS)
    service.import_values(session, rows, FIGURES.name, by=COMMAND_LINE)
    common = {"target": TARGET, "source": TARGET_SOURCE, "year": "2025"}
    for indicator in ("sipas", "satisfaction"):
        service.set_target(session, {**common, "indicator": indicator, "unit": PROVINCE}, by=COMMAND_LINE)
    plan = {"indicator": "answers", "target": PLAN, "year": str(today.year), "source": "mô phỏng"}
    for unit in UNITS:
        service.set_target(session, {**plan, "unit": unit.unit_code}, by=COMMAND_LINE)
