"""The file of responses beside the tables of its edition: what the tables hide, the file does not give."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from builders.province import PROVINCE, ROUND
from scipy.optimize import linprog
from scipy.sparse import coo_array

from app.core.database import Database
from app.results import lake
from app.results.cut import Cut
from app.results.editions import newest
from app.results.exports.response_withheld import Kept
from app.results.exports.responses import ResponseRequest, source_of
from app.results.exports.service import export_responses
from app.results.reading import open_edition
from app.results.withheld import Withheld, withheld_by
from app.rounds.service import get_round

EMPTY = {"weight": "", "psu": "", "stratum": ""}
PEOPLE = ("sex", "age_band", "occupation")
COLUMNS = {"": None, "field": "field", "month": "month", "mode": "mode", "submission": "submission"}
FEWEST = 5


@dataclass
class Both:
    """The responses that count as they are (`true`) and as they are given away (`file`)."""

    true: pd.DataFrame
    file: pd.DataFrame
    kept: Kept
    tables: dict[str, Withheld]
    dossiers: pd.DataFrame

    def hidden(self) -> Iterator[tuple[str, str, str, str]]:
        """Dimension, unit, label, question: every hidden share of the declared tables a file could tell."""
        for name in (*COLUMNS, *PEOPLE):
            for item, cells in self.tables[name].items.items():
                yield from ((name, unit, label, item) for unit, label in cells)


@pytest.fixture(scope="module")
def both(province: Database, tmp_path_factory: pytest.TempPathFactory) -> Both:
    path = tmp_path_factory.mktemp("file") / "r.csv"
    export_responses(province, ResponseRequest(ROUND, "csv"), path)
    file = pd.read_csv(path, dtype={"unit_code": str, "flags": str}, keep_default_na=False, na_values=EMPTY)
    with province.read() as session:
        source, edition = source_of(session, ROUND), newest(session, ROUND)
        through = str(edition.data_cut["mixed_through"]) if edition else ""
        flat = lake.flat(session, get_round(session, ROUND).round_code, Cut(mixed=True, through=through))
        tables = {name: withheld_by(session, edition, name) for name in (*COLUMNS, "service", *PEOPLE)}
        register = source.population_of([])
    true = pd.concat([pd.read_parquet(part) for part in flat.parts])
    true = true[true["outcome"] != "breakoff"].rename(columns=lambda name: name.removeprefix("a_"))
    services = source.places.book.services
    true["field"] = [services[code].field if code in services else "" for code in true["service_code"]]
    items = [item for family in source.kept.families for item in family]
    true[items] = true[items].fillna(-2)
    dossiers = pd.DataFrame(
        {name: list(getattr(register, name)) for name in ("unit", "service", "submission", "month", "volume")}
    )
    return Both(true.reset_index(drop=True), file[file["weight"].notna()], source.kept, tables, dossiers)


def cell(both: Both, rows: pd.DataFrame, name: str, unit: str, label: str) -> pd.DataFrame:
    inside = rows if unit == PROVINCE else rows[rows["unit_code"] == unit]
    if name in PEOPLE:
        groups = both.kept.people[name].labels
        labels = pd.Series("", index=inside.index)
        for item, choices in groups.items():
            labels = inside[item].map(choices).fillna("").where(labels == "", labels)
            labels = labels.mask(inside[item] == -4, "gone")
        return inside[labels == label]
    column = COLUMNS[name]
    return inside if column is None else inside[inside[column] == label]


def told(rows: pd.DataFrame, item: str) -> tuple[int, int]:
    """People and satisfied people."""
    return int((rows[item] >= 1).sum()), int((rows[item] >= 4).sum())


def test_no_hidden_figure_of_the_declared_tables_can_be_counted_in_the_file(both: Both) -> None:
    given = []
    compared = 0
    for name, unit, label, item in both.hidden():
        true = told(cell(both, both.true, name, unit, label), item)
        if true[0]:
            compared += 1
            if told(cell(both, both.file, name, unit, label), item) == true:
                given.append((name, unit, label, item, true))
    assert compared > 300
    assert not given


def test_a_hidden_cell_is_named_nowhere_in_the_file(both: Both) -> None:
    """Beneath the province: a unit with a label holds nobody of a form whose figures are hidden there."""
    ratings = {items[0] for items in both.kept.mains}
    looked = 0
    for name, unit, label, item in both.hidden():
        if unit != PROVINCE and item in ratings and name not in PEOPLE:
            looked += 1
            found = cell(both, both.file, name, unit, label)
            assert not (found[item] > -2).any(), (name, unit, label, item)
    assert looked > 20


def test_no_weight_tells_the_responses_of_a_hidden_procedure(both: Both) -> None:
    """Weight times people would be the dossiers of the procedure, which everybody may know."""
    hidden = {cell for mains in both.kept.mains for cell in both.tables["service"].items.get(mains[0], ())}
    keys = (["unit"], ["unit", "submission"], ["unit", "month"], ["unit", "submission", "month"])
    found, groups = [], 0
    for beside in keys:
        secret, known = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
        for at, volume in both.dossiers.groupby([*beside, "service"])["volume"].sum().items():
            unit, service = at[0], at[-1]
            (secret if (unit, service) in hidden else known)[unit, int(volume)] += 1
        names = ["unit_code", *beside[1:], "weight"]
        for at, group in both.file.groupby(names):
            groups += 1
            total = at[-1] * len(group)
            place = (at[0], round(total))
            if abs(total - round(total)) < 1e-6 and place in secret and place not in known:
                found.append((names, at, len(group)))
    assert len(hidden) > 80
    assert groups > 100
    assert not found


def test_no_sum_of_weights_stands_where_it_would_tell_how_many_another_form_has(province: Database) -> None:
    with province.read() as session:
        edition = newest(session, ROUND)
        assert edition is not None
        tables = open_edition(session, edition)
        assert all(row.sum_weights for row in tables.rows(figure=tables.headline) if row.is_published)
        for name in tables.dimensions:
            assert not any(row.sum_weights for row in tables.rows(name))


@pytest.mark.parametrize("family", [0, 1])
def test_file_and_tables_together_pin_no_hidden_field(both: Both, family: int) -> None:
    """Rows without a field against all shown totals by field, question by question, as a linear program."""
    items, hidden = both.kept.families[family], both.tables["field"].items[both.kept.mains[family][0]]
    rows, true = (frame[frame[items[0]] > -2].reset_index(drop=True) for frame in (both.file, both.true))
    fields = sorted(set(true["field"]))
    named = rows["field"].isin(fields)
    blank = rows[~named].reset_index(drop=True)
    units = blank["unit_code"].to_numpy()
    values = [np.stack([blank[item] >= least for item in items]).astype(float) for least in (1, 4)]
    equations: list[tuple[np.ndarray, np.ndarray, float]] = [
        (np.arange(len(fields)) + i * len(fields), np.ones(len(fields)), 1.0) for i in range(len(blank))
    ]
    for place, label in enumerate(fields):
        for unit in [PROVINCE, *sorted(set(units))]:
            if (unit, label) in hidden:
                continue
            mine = np.flatnonzero((units == unit) | (unit == PROVINCE))
            shown, whole = (cell(both, frame, "field", unit, label) for frame in (rows[named], true))
            for j, item in enumerate(items):
                for kind in (0, 1):
                    left = told(whole, item)[kind] - told(shown, item)[kind]
                    equations.append((mine * len(fields) + place, values[kind][j][mine], float(left)))
    matrix = coo_array(
        (
            np.concatenate([value for _, value, _ in equations]),
            (
                np.repeat(np.arange(len(equations)), [len(columns) for columns, _, _ in equations]),
                np.concatenate([columns for columns, _, _ in equations]),
            ),
        ),
        shape=(len(equations), len(blank) * len(fields)),
    ).tocsr()
    right = [total for _, _, total in equations]
    cells = sorted(one for one in hidden if one[0] != PROVINCE)
    assert len(cells) > 10
    for pick in np.random.default_rng(family).permutation(len(cells))[:12].tolist():
        unit, label = cells[pick]
        mine = np.flatnonzero(units == unit)
        for weights in (np.ones(len(mine)), values[1][0][mine]):
            goal = np.zeros(matrix.shape[1])
            goal[mine * len(fields) + fields.index(label)] = weights
            low, high = (
                sign * linprog(sign * goal, A_eq=matrix, b_eq=right, bounds=(0, 1), method="highs").fun
                for sign in (1, -1)
            )
            assert high - low >= FEWEST, (unit, label, low, high)
