"""What the overall rating goes with: each criterion's share of its explained variance, unit by unit.

Computed with an edition, from the answers themselves, and kept in it (`Edition.drivers`); pages only read.
This is association: a criterion that goes with satisfaction need not cause it. Shares need many people who
answered everything, so a unit with too few takes those of the unit above it, and the page says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.arrays import side_by_side
from analysis.cells import Cells
from analysis.drivers import Clusters, DriverShares, driver_shares
from analysis.errors import AnalysisError
from app.forms.answers import coded_columns
from app.results.estimation import ELIGIBLE, Inputs, design_of, eligible_cube
from app.results.groupings import WHOLE
from app.results.lake import Flat
from app.results.rows import PREFIX

FEWEST_COMPLETE = 100
COMPLETE_A_CRITERION = 10
FEWEST_CRITERIA = 3
FEWEST_DAYS = 10
LEAST_EXPLAINED = 0.10
"""Below this share, after allowing for the number of criteria, it is mostly chance."""
MOST_UNITS = 120
DIGITS = 6

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Answers:
    """The eligible forms of one questionnaire: levels (NaN where not answered), weights, where and when."""

    criteria: Floats
    overall: Floats
    weight: Floats
    unit: Ints
    month: Ints
    day: Ints
    complete: NDArray[np.bool_]


def drivers_of(inputs: Inputs, data: Flat) -> dict[str, Any]:
    """Driver shares of every questionnaire with enough criteria, as plain values.

    `{form: {overall, criteria, fewest, units: {unit: {n, r_squared, method, shares: {criterion: [share, low,
    high]}}}, source: {unit: the unit whose shares stand for it}}}`. Units beyond the MOST_UNITS with most
    complete forms take the shares of the unit above them.
    """
    cube = eligible_cube(inputs)
    if cube is None:
        return {}
    cells = design_of(inputs, cube).cells
    found = {form.code: _of_form(inputs, data, form, cells) for form in _asked(inputs)}
    return {code: one for code, one in found.items() if one["units"]}


def fewest_complete(criteria: int) -> int:
    """How many people must have answered everything before shares are computed."""
    return max(FEWEST_COMPLETE, COMPLETE_A_CRITERION * criteria)


def _asked(inputs: Inputs) -> list[Any]:
    newest = {form.code: form for form in inputs.forms}
    return [form for form in newest.values() if len(_criteria(form)) >= FEWEST_CRITERIA]


def _criteria(form: Any) -> list[str]:
    return [item.code for item in form.criteria if item.code != form.headline]


def _of_form(inputs: Inputs, data: Flat, form: Any, cells: Cells) -> dict[str, Any]:
    criteria = _criteria(form)
    fewest = fewest_complete(len(criteria))
    answers = _answers(inputs, data, form, cells)
    units = {} if answers is None else _of_units(inputs, answers, criteria, fewest=fewest, form=form.code)
    return {
        "overall": form.headline,
        "criteria": criteria,
        "fewest": fewest,
        "units": units,
        "source": _sources(inputs, units),
    }


def _of_units(
    inputs: Inputs, answers: _Answers, criteria: Sequence[str], *, fewest: int, form: str
) -> dict[str, Any]:
    seed = int(inputs.fingerprint[:15] or "0", 16)
    chosen = _largest(_domains(inputs, answers), answers, fewest)

    def shares_of(one: tuple[str, Ints]) -> DriverShares | None:
        unit, rows = one
        return _shares(answers, rows, np.random.default_rng([seed, crc32(f"{form} {unit}".encode())]))

    found = zip(chosen, side_by_side(shares_of, chosen), strict=True)
    return {unit: _plain(shares, criteria) for (unit, _), shares in found if shares is not None}


def _domains(inputs: Inputs, answers: _Answers) -> dict[str, Ints]:
    """Rows of every unit, those of the units below it included."""
    codes = sorted(inputs.book.lineage)
    members: dict[str, list[int]] = {}
    for place, code in enumerate(codes):
        for above in inputs.book.lineage[code]:
            members.setdefault(above, []).append(place)
    if len(inputs.book.tops) > 1:
        members[WHOLE] = list(range(len(codes)))
    order = np.argsort(answers.unit, kind="stable")
    starts = np.searchsorted(answers.unit[order], np.arange(len(codes) + 1))
    return {
        unit: np.concatenate([order[starts[place] : starts[place + 1]] for place in places])
        for unit, places in members.items()
    }


def _largest(domains: Mapping[str, Ints], answers: _Answers, fewest: int) -> list[tuple[str, Ints]]:
    """Units with enough complete forms, most first, no more than can be computed in a minute."""
    counts = {unit: int(answers.complete[rows].sum()) for unit, rows in domains.items()}
    enough = sorted((unit for unit in counts if counts[unit] >= fewest), key=lambda u: (-counts[u], u))
    return [(unit, domains[unit]) for unit in enough[:MOST_UNITS]]


def _shares(answers: _Answers, rows: Ints, rng: np.random.Generator) -> DriverShares | None:
    clusters = clusters_of(answers.unit[rows], answers.month[rows], answers.day[rows])
    if len(np.unique(clusters.psu)) < FEWEST_DAYS:
        return None
    try:
        found = driver_shares(
            answers.criteria[rows],
            answers.overall[rows],
            weights=answers.weight[rows],
            clusters=clusters,
            rng=rng,
        )
        explained = adjusted_share(found.r_squared, found.n, len(found.importance))
        return found if explained >= LEAST_EXPLAINED else None
    except AnalysisError:
        return None  # nobody differs: there is nothing that satisfaction could go with


def adjusted_share(r_squared: float, n: int, criteria: int) -> float:
    """What is explained beyond what so many criteria explain of pure chance (Ezekiel's adjustment)."""
    return 1 - (1 - r_squared) * (n - 1) / max(n - criteria - 1, 1)


def clusters_of(unit: Ints, month: Ints, day: Ints) -> Clusters:
    """Strata unit x month and sampling units unit x day; strata with a single day are joined.

    A unit with such a month is one stratum over the period; those still single stand together, and a last
    one joins the largest stratum.
    """
    psu = np.unique(np.column_stack([unit, day]), axis=0, return_inverse=True)[1].ravel()
    stratum = np.unique(np.column_stack([unit, month]), axis=0, return_inverse=True)[1].ravel()
    lonely_units = np.unique(unit[_days_a_row(stratum, psu) < 2])
    joined = np.isin(unit, lonely_units)
    stratum = np.where(joined, stratum.max(initial=0) + 1 + unit, stratum)
    stratum = np.where(_days_a_row(stratum, psu) < 2, -1, stratum)
    counts = _days_a_row(stratum, psu)
    if np.any(counts < 2) and np.any(counts >= 2):
        stratum = np.where(counts < 2, stratum[np.argmax(counts)], stratum)
    return Clusters(stratum.astype(np.int64), psu.astype(np.int64))


def _days_a_row(stratum: Ints, psu: Ints) -> Ints:
    """For every row, how many sampling units its stratum has."""
    pairs = np.unique(np.column_stack([stratum, psu]), axis=0)
    names, counts = np.unique(pairs[:, 0], return_counts=True)
    return np.asarray(counts[np.searchsorted(names, stratum)], dtype=np.int64)


def _plain(shares: DriverShares, criteria: Sequence[str]) -> dict[str, Any]:
    rows = zip(shares.importance.tolist(), shares.low.tolist(), shares.high.tolist(), strict=True)
    return {
        "n": shares.n,
        "r_squared": round(shares.r_squared, DIGITS),
        "method": shares.method,
        "shares": {
            code: [None if value != value else round(value, DIGITS) for value in row]
            for code, row in zip(criteria, rows, strict=True)
        },
    }


def _sources(inputs: Inputs, units: Mapping[str, Any]) -> dict[str, str]:
    """Unit -> itself, or the nearest unit above it that has shares."""
    found = {}
    for unit, line in inputs.book.lineage.items():
        above = next((code for code in reversed(line) if code in units), WHOLE)
        if above in units:
            found[unit] = above
    return found | ({WHOLE: WHOLE} if WHOLE in units else {})


def _answers(inputs: Inputs, data: Flat, form: Any, cells: Cells) -> _Answers | None:
    items = [*_criteria(form), form.headline]
    held = _held(inputs, data)
    if not set(items) <= held:
        return None
    rows = _fetch(data, _sql(data, items), cells)
    codes = {code: place for place, code in enumerate(sorted(inputs.book.lineage))}
    known = np.array([str(unit) in codes for unit in rows["unit_code"]], dtype=np.bool_)
    if not known.any():
        return None
    levels = np.column_stack([rows[PREFIX + code][known] for code in items]).astype(np.float64)
    levels[levels < 1] = np.nan
    return _Answers(
        criteria=levels[:, :-1],
        overall=levels[:, -1],
        weight=rows["weight"][known].astype(np.float64),
        unit=np.array([codes[str(unit)] for unit in rows["unit_code"][known]], dtype=np.int64),
        month=rows["month_number"][known].astype(np.int64),
        day=rows["day_number"][known].astype(np.int64),
        complete=np.asarray(~np.isnan(levels).any(axis=1), dtype=np.bool_),
    )


def _held(inputs: Inputs, data: Flat) -> set[str]:
    """The items that some answered form has."""
    pairs = zip(inputs.versions, inputs.forms, strict=True)
    return {n for v, form in pairs if v.form_version in data.form_versions for n in coded_columns(form)}


def _sql(data: Flat, items: Sequence[str]) -> str:
    """Eligible forms of the questionnaire, with the weight of their cell."""
    sources = list(_sources_of(data))
    asked = f'"{PREFIX}{items[-1]}" IS NOT NULL'
    levels = ", ".join(f'CAST(flat."{PREFIX}{code}" AS DOUBLE) AS "{PREFIX}{code}"' for code in items)
    eligible = ", ".join(f"'{outcome}'" for outcome in ELIGIBLE)
    return (
        "SELECT flat.unit_code, CAST(answered_on AS DATE) - DATE '2000-01-01' AS day_number, "
        "year(CAST(answered_on AS DATE)) * 12 + month(CAST(answered_on AS DATE)) AS month_number, "
        f"cell.weight, {levels} FROM ({' UNION ALL BY NAME '.join(sources)}) AS flat "
        "JOIN cell ON cell.unit = flat.unit_code AND cell.service = flat.service_code "
        "AND cell.submission = flat.submission AND cell.month = flat.month "
        f"WHERE outcome IN ({eligible}) AND {asked} "
        "ORDER BY ALL"
    )


def _sources_of(data: Flat) -> Iterator[str]:
    if data.parts:
        names = ", ".join("'" + str(path).replace("'", "''") + "'" for path in data.parts)
        yield f"SELECT * FROM read_parquet([{names}], union_by_name = true)"
    if data.loose is not None:
        yield "SELECT * FROM loose"


def _fetch(data: Flat, sql: str, cells: Cells) -> Mapping[str, NDArray[Any]]:
    labels = list(zip(*cells.key_labels, strict=True))
    names = ("unit", "service", "submission", "month")
    table = pa.table({name: pa.array(column) for name, column in zip(names, labels, strict=True)})
    table = table.append_column("weight", pa.array(cells.weight[cells.key_cell]))
    with duckdb.connect(":memory:") as connection:
        connection.register("cell", table)
        if data.loose is not None:
            connection.register("loose", data.loose)
        fetched = connection.sql(sql).to_arrow_table()
        return {name: fetched.column(name).to_numpy() for name in fetched.column_names}
