"""One estimate from end to end: what goes in (`gather`), and the rows that come out (`compute`)."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlmodel import Session, col, select

from analysis.cells import Register, weighting_cells
from analysis.cube import Cube
from analysis.opt_in import estimate_opt_in
from analysis.opt_in_design import OptInDesign, design_opt_in
from app.core.config import settings
from app.core.errors import Invalid
from app.forms.answers import coded_columns
from app.forms.service import get_form
from app.forms.tables import FormVersion
from app.results import engines, lake
from app.results.book import Book, narrowed, open_book
from app.results.cut import EVERYTHING, Cut
from app.results.demographics import Grouped, grouped
from app.results.disclosure import Hidden, group_of, hidden_cells
from app.results.domain_facts import mode_shares, provisional_population, touches_provisional
from app.results.figures import Figure, figures_of, measured_items, sensitivity_figures
from app.results.groupings import Grouping, groupings
from app.results.population import population_of
from app.results.release import code_version
from app.results.request import EstimateRequest
from app.results.states import people_behind, states_of
from app.results.table import Block, build_rows
from app.rounds.service import get_round, units_of
from app.rounds.tables import Round, RoundForm

ELIGIBLE = ("complete", "usable")
COMPLETE = ("complete",)
VARIANCE_OF_BASIS = {"opt_in": "psu", "probability": "element"}
VERSION_SHOWN = 12

OnStep = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a run's figures follow from; `fingerprint` names it, so equal inputs are recognised."""

    request: EstimateRequest
    survey: Round
    versions: tuple[FormVersion, ...]
    forms: tuple[Any, ...]
    book: Book
    cube: Cube | None
    whole_book: Book
    cubes: Mapping[tuple[str, ...], Cube]
    digests: Mapping[tuple[str, ...], str]
    register: Register
    flags: dict[str, int]
    mixed_through: str
    unmixed: int
    fingerprint: str


def gather(
    session: Session,
    request: EstimateRequest,
    *,
    every_table: bool = False,
    cut: Cut = EVERYTHING,
    on_step: OnStep = lambda _: None,
) -> Inputs:
    """Count the answers, for every declared table at once if wanted, and read the register.

    Raises: NotFound for the round, Invalid for a question that no form of the round asks.
    """
    survey = get_round(session, request.round_code)
    on_step("responses")
    data = lake.flat(session, survey.round_code, cut)
    versions = _versions(session, survey, data)
    forms = tuple(get_form(session, version.form_version) for version in versions)
    people = grouped(forms)
    _require_asked(request, people)
    whole_book = open_book(session, units_of(session, survey.round_code), people)
    book = narrowed(whole_book, request.within)
    on_step("counts")
    alone = tuple((name,) for name in people) if every_table else ()
    counted = _count(data, versions, forms, cubes=dict.fromkeys([(), request.demographics, *alone]))
    cubes = {key: _visible(cube, whole_book) for key, cube in counted.cubes.items()} if counted else {}
    cube = _narrowed_cube(cubes, request, book)
    on_step("population")
    answered = _unit_months(cube) if cube is not None else set()
    population = population_of(session, survey, units=book.units.keys(), answered=answered)
    inputs = Inputs(
        request=request,
        survey=survey,
        versions=versions,
        forms=forms,
        book=book,
        cube=cube,
        whole_book=whole_book,
        cubes=cubes,
        digests={key: _cube_digest(cube) for key, cube in cubes.items()},
        register=population,
        flags=counted.flags if counted else {},
        mixed_through=data.mixed_through,
        unmixed=0 if data.loose is None else data.loose.num_rows,
        fingerprint="",
    )
    return replace(inputs, fingerprint=_fingerprint(inputs))


def asked_otherwise(inputs: Inputs, request: EstimateRequest) -> Inputs:
    """The same data cut under another question of the same round and units."""
    asked = replace(inputs, request=request, cube=_narrowed_cube(inputs.cubes, request, inputs.book))
    return replace(asked, fingerprint=_fingerprint(asked))


def compute(inputs: Inputs, *, on_step: OnStep = lambda _: None) -> Any:
    """The rows of a run, as an Arrow table with the columns of `columns`."""
    on_step("estimates")
    constants = {
        "round_code": inputs.survey.round_code,
        "basis": inputs.survey.basis,
        "population_kind": inputs.survey.population_kind,
        "period_start_on": inputs.survey.period_start_on.isoformat(),
        "period_end_on": inputs.survey.period_end_on.isoformat(),
        "method": "jeffreys",
        "fpc": "none",
        "form_versions": " ".join(version.form_version[:VERSION_SHOWN] for version in inputs.versions),
    }
    return build_rows(_blocks(inputs), inputs.request.by, book=inputs.book, constants=constants)


def eligible_cube(inputs: Inputs, outcomes: Sequence[str] = ELIGIBLE) -> Cube | None:
    """The cube of the responses that count; None when there are none."""
    if inputs.cube is None:
        return None
    chosen = _rows_with(inputs.cube, "outcome", outcomes)
    return inputs.cube.select(chosen) if chosen.any() else None


def design_of(inputs: Inputs, cube: Cube) -> OptInDesign:
    """Cells, weights and strata for a cube of this run."""
    fields = {code: service.field for code, service in inputs.book.services.items()}
    cells = weighting_cells(cube, inputs.register, fields=fields)
    variance = inputs.request.variance or VARIANCE_OF_BASIS[inputs.survey.basis]
    return design_opt_in(cube, cells, variance=variance, leverage=inputs.request.leverage)


def _count(
    data: lake.Flat,
    versions: Sequence[FormVersion],
    forms: Sequence[Any],
    *,
    cubes: Iterable[tuple[str, ...]],
) -> engines.Counted | None:
    """Cubes over every measured item; columns are those of the forms that were answered."""
    items = measured_items(forms)
    answered = [f for v, f in zip(versions, forms, strict=True) if v.form_version in data.form_versions]
    asked = engines.Asked(
        items=[item.code for item in items],
        level_count=max((item.longest for item in items), default=1),
        columns={name for form in answered for name in coded_columns(form)},
        people=grouped(forms),
        cubes=tuple(cubes),
    )
    return engines.count_cubes(data, asked)


def _require_asked(request: EstimateRequest, people: Mapping[str, Grouped]) -> None:
    for name in request.demographics:
        if name not in people:
            raise Invalid(
                "no form of this round asks {value} with one choice",
                where="by",
                remedy="leave it out",
                value=repr(name),
            )


def _narrowed_cube(
    cubes: Mapping[tuple[str, ...], Cube], request: EstimateRequest, book: Book
) -> Cube | None:
    cube = cubes.get(request.demographics)
    return cube if cube is None or request.whole else _visible(cube, book)


def _blocks(inputs: Inputs) -> list[Block]:
    cube, sets = eligible_cube(inputs), inputs.request.measures
    if cube is None:
        return []
    design, figures, checks = design_of(inputs, cube), figures_of(inputs.forms, sets), tuple[Figure, ...]()
    complete = eligible_cube(inputs, COMPLETE) if "sensitivity" in sets else None
    if complete is not None:
        checks = sensitivity_figures(inputs.forms)
    hidden = _hidden(inputs, [*figures, *checks])
    found = groupings(design, inputs.request.by, inputs.book)
    blocks = (
        [_block(inputs, design, grouping, figures=figures, hidden=hidden) for grouping in found]
        if figures
        else []
    )
    if complete is not None:
        once_more = design_of(inputs, complete)
        main = [_block(inputs, design, grouping, figures=checks, hidden=hidden) for grouping in found]
        other = groupings(once_more, inputs.request.by, inputs.book)
        alone = [_block(inputs, once_more, grouping, figures=checks, hidden=hidden) for grouping in other]
        blocks += [_guarded(check, beside) for check, beside in zip(alone, main, strict=True)]
    return blocks


def _hidden(inputs: Inputs, figures: Sequence[Figure]) -> Hidden:
    """What is hidden in the whole round, in every table that this one's sums lead to."""
    by = inputs.request.by if inputs.request.whole else tuple(dict.fromkeys(("unit", *inputs.request.by)))
    whole = inputs.cubes.get(inputs.request.demographics)
    if whole is None:
        raise RuntimeError("a table needs answers")
    return hidden_cells(
        whole.select(_rows_with(whole, "outcome", ELIGIBLE)),
        inputs.whole_book,
        by=by,
        groups=list(dict.fromkeys(group_of(figure) for figure in figures)),
        fewest=settings().minimum_respondents,
    )


def _block(
    inputs: Inputs, design: OptInDesign, grouping: Grouping, *, figures: Sequence[Figure], hidden: Hidden
) -> Block:
    estimates = estimate_opt_in(
        design, [f.measure for f in figures], domains=grouping.domains, level=inputs.request.level
    )
    stand_in = provisional_population(design, grouping, inputs.register)
    marked = touches_provisional(design, grouping, inputs.register)
    estimates = replace(estimates, provisional=marked | (stand_in > 0))
    tops = [hidden.root] if inputs.request.whole else sorted(inputs.book.tops)
    states = states_of(
        estimates,
        people_behind(estimates, figures, grouping.domains),
        fewest=settings().minimum_respondents,
        complementary=hidden.mask(grouping.keys, grouping.domains.labels, figures=figures, tops=tops),
    )
    empty = (estimates.responses == 0)[:, None] & (np.arange(len(figures)) == 0)
    alone = len(grouping.keys) <= 1 and not figures[0].sensitivity
    return Block(
        grouping=grouping,
        figures=tuple(figures),
        estimates=estimates,
        states=states,
        keep=(estimates.asked > 0) | (empty & alone),
        provisional_population=stand_in,
        mode_shares=mode_shares(design, grouping),
    )


def _guarded(check: Block, main: Block) -> Block:
    """Hide a completes-only figure whose difference from the main one would be about very few people."""
    fewest = settings().minimum_respondents
    place = {label: i for i, label in enumerate(main.grouping.domains.labels)}
    here = np.array([place[label] for label in check.grouping.domains.labels], dtype=np.int64)
    fewer = main.estimates.n[here] - check.estimates.n
    hidden = ((fewer > 0) & (fewer < fewest)) | (main.states.state[here] == "suppressed")
    published = check.states.state != "suppressed"
    check.states.reasons[hidden & published] = "protects_a_hidden_figure"
    check.states.state[hidden] = "suppressed"
    return check


def _versions(session: Session, survey: Round, data: lake.Flat) -> tuple[FormVersion, ...]:
    mapped = session.exec(select(RoundForm.form_version).where(RoundForm.round_code == survey.round_code))
    wanted = data.form_versions | set(mapped)
    statement = select(FormVersion).where(col(FormVersion.form_version).in_(wanted))
    return tuple(session.exec(statement.order_by(FormVersion.form_code, col(FormVersion.number))))


def _visible(cube: Cube, book: Book) -> Cube:
    return cube.select(_rows_with(cube, "unit", book.units.keys()))


def _rows_with(cube: Cube, key: str, labels: Any) -> Any:
    wanted = np.array([label in labels for label in cube.label(key)], dtype=np.bool_)
    return wanted[cube.code(key)] if len(cube.responses) else np.zeros(0, dtype=np.bool_)


def _unit_months(cube: Cube) -> set[tuple[str, str]]:
    units, dates = cube.label("unit"), cube.label("date")
    pairs = np.unique(np.column_stack([cube.code("unit"), cube.code("date")]), axis=0).tolist()
    return {(units[unit], dates[day][:7]) for unit, day in pairs}


def parts_of(inputs: Inputs) -> dict[str, str]:
    """A hash of each thing that the rows follow from, by name: what changed can be told apart."""
    people = inputs.request.demographics
    lineage, register = inputs.whole_book.lineage, inputs.register
    units = [(unit.unit_code, unit.name, *lineage[code]) for code, unit in inputs.whole_book.units.items()]
    survey = inputs.survey.model_dump(mode="json", exclude={"created_at", "closed_at", "title"})
    plain: dict[str, Any] = {
        "answers": [inputs.digests.get(key, "") for key in dict.fromkeys([(), people])],
        "forms": [version.form_version for version in inputs.versions],
        "names": [
            sorted(units),
            sorted((s.service_code, s.name, s.field) for s in inputs.book.services.values()),
        ],
        "register": [
            *_columns(register),
            register.volume.tolist(),
            register.provisional.tolist(),
        ],
        "settings": [inputs.request.as_settings(), settings().minimum_respondents, survey],
        "code": code_version(),
    }
    return {name: _digest(value) for name, value in plain.items()}


def _fingerprint(inputs: Inputs) -> str:
    """A hash over everything the rows follow from, the code included."""
    return _digest(parts_of(inputs))


def _digest(plain: Any) -> str:
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _cube_digest(cube: Cube) -> str:
    digest = hashlib.sha256(json.dumps([cube.keys, cube.labels, cube.items]).encode())
    for array in (cube.codes, cube.responses, cube.counts):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _columns(register: Register) -> list[Sequence[str]]:
    return [register.unit, register.service, register.submission, register.month]
