"""The design of a SPEC: from column names to a SurveyDesign with its weighting."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.arrays import FloatArray
from analysis.calibration import CalibrationRule, calibrate, trim_weights
from analysis.design import Labels, SurveyDesign, codes_of, survey_design, with_replicates
from analysis.errors import BadSpec, InvalidArgument
from analysis.margins import Margin, margin, post_stratify, rake
from analysis.model_matrix import formula_matrix, parse_formula
from analysis.replicates import rao_wu_replicates
from analysis.spec_columns import Column, Table, column_of, numbers_of, shown

USED = [
    "ids",
    "strata",
    "nest",
    "weights",
    "fpc",
    "lonely",
    "adjust_domain_lonely",
    "poststratify",
    "rake",
    "rake_variance",
    "calibrate",
    "trim",
    "replicate_weights",
    "replicates",
    "scale",
    "rscales",
    "mse",
    "type",
    "rho",
    "combined_weights",
]
TOLD = ["register", "fpc_kind", "derive", "replicate_weights_are", "epsilon", "title", "notes"]
LONELY = {"fail": "mark", "error": "mark"}
CELLS = "design.poststratify.var"
COUNTS = ("Freq", "freq", "N_h", "N", "n", "count", "total", "population")
Side = Mapping[str, Table]


def design_of(spec: Mapping[str, Any], table: Table, side: Side) -> tuple[SurveyDesign, FloatArray]:
    """The design with its weighting done, and the base weights it started from.

    A lonely unit under "error" leaves its domains without a variance and says so in their rows.
    Shapes: base weights (n,).  Units: population units.
    Raises: BadSpec for keys and columns that are not there, and every error of the weighting.
    Source: analysis/spec_schema.json.  Check: tests/golden/oracle through `run_spec`.
    """
    unknown = [key for key in spec if key not in USED and key not in TOLD]
    if unknown:
        raise BadSpec(where=f"design.{unknown[0]}", problem=f"unknown key; known: {', '.join(USED)}")
    design = _sampled(spec, table)
    base = design.weights
    design = _with_replicates(spec, table, side, design)
    if spec.get("poststratify"):
        design = post_stratify(design, _cells(spec["poststratify"], table, side))
    if spec.get("rake"):
        margins = [_margin(name, totals, table) for name, totals in spec["rake"].items()]
        design = rake(design, margins, variance=spec.get("rake_variance", "r"))
    if spec.get("calibrate"):
        design = _calibrated(spec["calibrate"], table, design)
    return (_trimmed(spec["trim"], spec, table, design) if spec.get("trim") else design), base


def side_files(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The other CSV files that a design names, as written there.

    Shapes: none.  Units: none.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec.py
    """
    cells = spec.get("poststratify")
    named = [spec.get("replicate_weights"), cells.get("register") if isinstance(cells, Mapping) else None]
    return tuple(name for name in named if isinstance(name, str) and name.lower().endswith(".csv"))


def listed(value: object) -> list[Any]:
    """None as nothing, one value as a list of one.

    Shapes: none.  Units: none.  Raises: nothing.  Source: none.
    Check: tests/unit/analysis/test_spec.py
    """
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _sampled(spec: Mapping[str, Any], table: Table) -> SurveyDesign:
    size = len(next(iter(table.values())).text)
    ids = [
        _complete(table, name, "design.ids") for name in listed(spec.get("ids")) if name not in ("1", "~1", 1)
    ]
    strata = [_complete(table, name, "design.strata") for name in listed(spec.get("strata"))]
    fpc = [numbers_of(table, name, where="design.fpc") for name in listed(spec.get("fpc"))]
    policy = LONELY.get(spec.get("lonely") or "error", spec.get("lonely"))
    weights = np.ones(size)
    if spec.get("weights"):
        weights = numbers_of(table, spec["weights"], where="design.weights")
    nest = bool(spec.get("nest", False))
    design = survey_design(weights, ids=ids, strata=strata, fpc=fpc, nest=nest, lonely=policy)  # type: ignore[arg-type]
    if fpc and not spec.get("weights"):
        design = replace(design, weights=_inverse_chances(design))
    return replace(design, lone_in_domain=bool(spec.get("adjust_domain_lonely", False)))


def _inverse_chances(design: SurveyDesign) -> FloatArray:
    """Without weights, what the population counts say: one over the chance of being drawn."""
    weights = np.ones(design.size)
    for stage in design.stages:
        weights *= (stage.population / stage.sampled)[stage.stratum]
    return weights


def _complete(table: Table, name: object, where: str) -> Labels:
    column = column_of(table, name, where=where)
    return _whole(column, where).categories


def _whole(column: Column, where: str) -> Column:
    gap = np.flatnonzero(~column.known)
    if gap.size:
        raise BadSpec(
            where=where, problem=f"column {column.name!r} is empty in row {int(gap[0]) + 1}; fill it in"
        )
    return column


def _with_replicates(spec: Mapping[str, Any], table: Table, side: Side, design: SurveyDesign) -> SurveyDesign:
    own = spec.get("replicates")
    if own:
        rng = np.random.default_rng(int(own.get("seed", 1)))
        policy = "error" if design.lonely == "mark" else design.lonely
        drawn = rao_wu_replicates(replace(design, lonely=policy), count=int(own.get("count", 200)), rng=rng)
        return replace(drawn, lonely=design.lonely)
    if not spec.get("replicate_weights"):
        return design
    weights = _replicate_columns(spec["replicate_weights"], table, side)
    if weights.shape[0] != design.size:
        problem = f"{weights.shape[0]} rows of replicate weights for {design.size} rows of the file"
        raise BadSpec(where="design.replicate_weights", problem=problem)
    if spec.get("combined_weights") is False:
        weights = weights * design.weights[:, None]
    scale, rscales = _scales(spec, weights.shape[1])
    return with_replicates(design, weights, scale=scale, rscales=rscales, mse=bool(spec.get("mse", False)))


def _replicate_columns(named: object, table: Table, side: Side) -> FloatArray:
    where = "design.replicate_weights"
    if isinstance(named, str) and named in side:
        names = [name for name in side[named] if name != "row"]
        return np.stack([numbers_of(side[named], name, where=where) for name in names], axis=1)
    names = listed(named)
    if isinstance(named, str) and named not in table:
        names = [name for name in table if name.startswith(named) and name[len(named) :].isdigit()]
    if len(names) < 2:
        raise BadSpec(where=where, problem=f"{named!r} is not a CSV file, a list of columns or their prefix")
    return np.stack([numbers_of(table, name, where=where) for name in names], axis=1)


def _scales(spec: Mapping[str, Any], count: int) -> tuple[float, FloatArray]:
    """Scale and rscales as given, or what the type of replicate implies (R `svrepdesign`)."""
    given = spec.get("rscales")
    rscales = np.ones(count) if given is None else np.asarray(given, dtype=np.float64)
    if rscales.ndim and rscales.shape != (count,):
        raise BadSpec(where="design.rscales", problem=f"{rscales.size} values for {count} replicates")
    rscales = np.broadcast_to(rscales, (count,))
    if spec.get("scale") is not None:
        return float(spec["scale"]), rscales
    kind = str(spec.get("type", "")).lower()
    implied = {
        "jk1": (count - 1) / count,
        "brr": 1 / count,
        "fay": 1 / (count * (1 - float(spec.get("rho", 0))) ** 2),
        "bootstrap": 1 / (count - 1),
    }
    for word, scale in implied.items():
        if word in kind:
            return scale, rscales
    if "jkn" in kind and given is not None:
        return 1.0, rscales
    raise BadSpec(
        where="design.scale", problem="give scale, or a type: JK1, JKn with rscales, BRR, Fay, bootstrap"
    )


def _cells(given: Mapping[str, Any], table: Table, side: Side) -> Margin:
    names = listed(given.get("var"))
    if not names:
        raise BadSpec(where=CELLS, problem="name the column, or columns, of the cells")
    if "register" in given:
        register = side.get(str(given["register"]))
        if register is None:
            raise BadSpec(where="design.poststratify.register", problem=f"{given['register']!r} was not read")
        return _register_margin(names, register, table, given.get("count"))
    return _crossed_margin(names, _records(given.get("totals"), names, "design.poststratify.totals"), table)


def _register_margin(names: list[str], register: Table, table: Table, count: str | None) -> Margin:
    """Cells of the named columns, read from the register under its own keys where it names them otherwise."""
    where = "design.poststratify.register"
    counted = count or next((name for name in COUNTS if name in register), None)
    if counted is None:
        raise BadSpec(where=where, problem="name the column of counts as count")
    keys = _register_keys(names, [name for name in register if name != counted], table)
    totals = numbers_of(register, counted, where=where)
    texts = [_whole(column_of(register, key, where=where), where).categories for key in keys]
    labels = zip(*(map(shown, np.asarray(column).tolist()) for column in texts), strict=True)
    found: dict[tuple[Hashable, ...], float] = {}
    for label, total in zip(labels, totals.tolist(), strict=True):
        found[label] = found.get(label, 0.0) + total
    return _crossed_margin(keys, found, table)


def _register_keys(names: list[str], keys: list[str], table: Table) -> list[str]:
    """The named columns, or all keys of a register that says the same cells in other columns."""
    for name in names:
        column_of(table, name, where=CELLS)
    lost = [name for name in names if name not in keys]
    if not lost:
        return names
    if not _same_cells(names, keys, table):
        has = ", ".join(keys)
        problem = f"the register has no column {lost[0]!r}; its cells are by {has}: name those, or add it"
        raise BadSpec(where=CELLS, problem=problem)
    return keys


def _same_cells(names: Sequence[str], keys: Sequence[str], table: Table) -> bool:
    """Whether two sets of columns cut the file into the same cells, each of one being one of the other."""
    if not keys or any(key not in table for key in keys):
        return False
    size = len(next(iter(table.values())).text)
    cuts = [codes_of([_complete(table, n, CELLS) for n in columns], size)[0] for columns in (names, keys)]
    both = len(np.unique(np.stack(cuts), axis=1).T)
    return all(len(np.unique(cut)) == both for cut in cuts)


def _margin(name: str, totals: object, table: Table) -> Margin:
    where = f"design.rake.{name}"
    names = name.split("|") if name not in table and "|" in name else [name]
    return _crossed_margin(names, _records(totals, names, where), table)


def _crossed_margin(
    names: Sequence[str], totals: Mapping[tuple[Hashable, ...], float], table: Table
) -> Margin:
    where = "the margin " + "|".join(names)
    columns = [_complete(table, name, where) for name in names]
    texts = [np.array([shown(value) for value in np.asarray(column).tolist()]) for column in columns]
    return margin("|".join(names), texts, totals)


def _records(totals: object, names: Sequence[str], where: str) -> dict[tuple[Hashable, ...], float]:
    """Totals from records with the named columns and one more, or from a mapping of categories."""
    if isinstance(totals, Mapping):
        return {
            tuple(str(key).split("|")) if len(names) > 1 else (str(key),): float(v)
            for key, v in totals.items()
        }
    found: dict[tuple[Hashable, ...], float] = {}
    for record in listed(totals):
        rest = [key for key in record if key not in names] if isinstance(record, Mapping) else []
        if len(rest) != 1 or any(name not in record for name in names):
            problem = f"each total needs {', '.join(names)} and one count, not {record!r}"
            raise BadSpec(where=where, problem=problem)
        found[tuple(shown(record[name]) for name in names)] = float(record[rest[0]])
    if not found:
        raise BadSpec(where=where, problem="no totals are given")
    return found


def _calibrated(given: Mapping[str, Any], table: Table, design: SurveyDesign) -> SurveyDesign:
    where = "design.calibrate"
    if not isinstance(given.get("totals"), Mapping) or not isinstance(given.get("formula"), str):
        raise BadSpec(where=where, problem="give formula, such as '~stype+api99', and totals by column")
    model = formula_matrix(parse_formula(given["formula"]), model_columns(table))
    if not model.known.all():
        row = int(np.flatnonzero(~model.known)[0]) + 1
        raise BadSpec(where=where, problem=f"a calibration column is empty in row {row}; fill it in")
    lost = [name for name in model.names if name not in given["totals"]]
    extra = [name for name in given["totals"] if name not in model.names]
    if lost or extra:
        problem = (
            f"totals are needed for {', '.join(model.names)}; missing {lost}, not in the formula {extra}"
        )
        raise BadSpec(where=where + ".totals", problem=problem)
    method = given.get("calfun", "linear")
    rule = CalibrationRule(method, _bounds(given.get("bounds")))
    totals = [float(given["totals"][name]) for name in model.names]
    return calibrate(design, model.x, totals=totals, rule=rule, names=model.names)


def model_columns(table: Table) -> dict[str, Labels]:
    """Columns as a model reads them: numbers as floats, the rest as text.

    Shapes: (n,) each.  Units: as in the file.  Raises: nothing.  Source: none.
    Check: tests/golden/oracle (P11-P14, P23, P39).
    """
    return {name: column.text if column.numbers is None else column.numbers for name, column in table.items()}


def _bounds(given: object) -> tuple[float, float]:
    if given is None:
        return -np.inf, np.inf
    pair = listed(given)
    if len(pair) != 2:
        raise InvalidArgument(name="bounds", value=given, wanted="two numbers, or null for none")
    low, high = pair
    return (-np.inf if low is None else float(low)), (np.inf if high is None else float(high))


def _trimmed(
    given: Mapping[str, Any], spec: Mapping[str, Any], table: Table, design: SurveyDesign
) -> SurveyDesign:
    low, high = _bounds([given.get("lower"), given.get("upper")])
    strict = bool(given.get("strict", False))
    trimmed = trim_weights(design, lower=low, upper=high, strict=strict)
    if not given.get("recalibrate"):
        return trimmed
    if not spec.get("calibrate"):
        raise BadSpec(where="design.trim.recalibrate", problem="there is no calibrate to repeat")
    for _ in range(50):
        again = replace(_calibrated(spec["calibrate"], table, trimmed), adjustments=design.adjustments)
        trimmed = trim_weights(again, lower=low, upper=high, strict=strict)
        if np.allclose(trimmed.weights, again.weights, rtol=1e-9, atol=0):
            return again
    raise BadSpec(where="design.trim", problem="bounds and totals cannot both hold; widen the bounds")
