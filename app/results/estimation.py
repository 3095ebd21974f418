"""One estimate from end to end: what goes in (`gather`), and the rows that come out (`compute`)."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlmodel import Session, col, select

from analysis.cells import Cells, Register, weighting_cells
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
from app.results.disclosure import Hidden, hidden_cells
from app.results.domain_facts import mode_shares, provisional_population, touches_provisional
from app.results.figures import Figure, figures_of, measured_items, questionnaires, sensitivity_figures
from app.results.groupings import Grouping, groupings, with_empty
from app.results.population import poorly_known, population_of
from app.results.release import code_version
from app.results.request import EstimateRequest
from app.results.states import states_of
from app.results.table import Block, build_rows
from app.rounds.service import get_round, units_of
from app.rounds.tables import Round, RoundForm

ELIGIBLE = ("complete", "usable")
COMPLETE = ("complete",)
VARIANCE_OF_BASIS = {"opt_in": "psu", "probability": "element"}
VERSION_SHOWN = 12
MODES_TOLD = ((), ("unit",))
"""Tables that tell how the forms came; beside others it would be a crossing nobody declared.

Where several forms are asked they alone tell sums of weights: a weight follows from the answers of all forms,
so beside the answers of one it would tell how many a hidden one has.
"""

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
    cut: Cut
    fingerprint: str


def gather(
    session: Session,
    request: EstimateRequest,
    *,
    cut: Cut = EVERYTHING,
    on_step: OnStep = lambda _: None,
) -> Inputs:
    """Count the answers, for every declared table at once, and read the register.

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
    counted = _count(data, versions, forms, cubes=dict.fromkeys([(), request.demographics]))
    cubes = _whole_cubes(counted, whole_book)
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
        cut=cut,
        fingerprint="",
    )
    return replace(inputs, fingerprint=_fingerprint(inputs))


def asked_otherwise(inputs: Inputs, request: EstimateRequest) -> Inputs:
    """The same data cut under another question of the same round and units.

    Where that tells people apart its cube is still to be counted (`counted_again`): it is large.
    """
    cube = None if request.demographics else _narrowed_cube(inputs.cubes, request, inputs.book)
    asked = replace(inputs, request=request, cube=cube)
    return replace(asked, fingerprint=_fingerprint(asked))


def counted_again(session: Session, inputs: Inputs) -> Inputs:
    """The inputs with the cube of their own question, where it was not counted yet."""
    if inputs.cube is not None or not inputs.request.demographics:
        return inputs
    data = lake.flat(session, inputs.survey.round_code, inputs.cut)
    counted = _count(data, inputs.versions, inputs.forms, cubes=(inputs.request.demographics,))
    cubes = _whole_cubes(counted, inputs.whole_book)
    return replace(inputs, cube=_narrowed_cube(cubes, inputs.request, inputs.book))


def compute(inputs: Inputs, *, hidden: Hidden | None = None, on_step: OnStep = lambda _: None) -> Any:
    """The rows of a run, as an Arrow table with the columns of `columns`; `hidden` if settled already."""
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
    return build_rows(_blocks(inputs, hidden), inputs.request.by, book=inputs.book, constants=constants)


def eligible_cube(inputs: Inputs, outcomes: Sequence[str] = ELIGIBLE) -> Cube | None:
    """The cube of the responses that count; None when there are none."""
    if inputs.cube is None:
        return None
    chosen = _of_outcomes(inputs.cube, outcomes)
    return chosen if len(chosen.responses) else None


def design_of(inputs: Inputs, cube: Cube) -> OptInDesign:
    """Cells, weights and strata for a cube of this run."""
    variance = inputs.request.variance or VARIANCE_OF_BASIS[inputs.survey.basis]
    return design_opt_in(cube, cells_of(inputs, cube), variance=variance, leverage=inputs.request.leverage)


def cells_of(inputs: Inputs, cube: Cube) -> Cells:
    """The weighting cells of a cube of this run."""
    fields = {code: service.field for code, service in inputs.book.services.items()}
    return weighting_cells(cube, inputs.register, fields=fields)


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
        sides=tuple(grouped(forms)),
    )
    return engines.count_cubes(data, asked)


def _whole_cubes(counted: engines.Counted | None, book: Book) -> dict[tuple[str, ...], Cube]:
    """By the people they tell apart, the units of the book alone; a full cube goes before a side one."""
    if counted is None:
        return {}
    every: dict[tuple[str, ...], Cube] = {(name,): cube for name, cube in counted.sides.items()}
    every |= counted.cubes
    return {key: _visible(cube, book) for key, cube in every.items()}


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


def _blocks(inputs: Inputs, hidden: Hidden | None) -> list[Block]:
    cube, sets = eligible_cube(inputs), inputs.request.measures
    if cube is None:
        return []
    hidden = hidden or settled(inputs)
    if hidden is None:
        raise RuntimeError("a table needs answers")
    design, figures = design_of(inputs, cube), figures_of(inputs.forms, sets)
    found = _groupings(inputs, design, hidden)
    blocks = [_block(inputs, design, one, figures=figures, hidden=hidden) for one in found if figures]
    complete = eligible_cube(inputs, COMPLETE) if "sensitivity" in sets else None
    if complete is not None:
        alone, checks = design_of(inputs, complete), sensitivity_figures(inputs.forms)
        again = _groupings(inputs, alone, hidden)
        blocks += [_block(inputs, alone, one, figures=checks, hidden=hidden) for one in again]
    return blocks


def _groupings(inputs: Inputs, design: OptInDesign, hidden: Hidden) -> list[Grouping]:
    """The table's domains; cells without people that stand in for hidden ones are among them."""
    found = groupings(design, inputs.request.by, inputs.book)
    return [with_empty(one, hidden.empty_labels(one.keys)) if one.keys else one for one in found]


def settled(inputs: Inputs) -> Hidden | None:
    """What is hidden in the whole round: the same for every table of the cut; None without answers."""
    if () not in inputs.cubes:
        return None
    cubes = {key: _of_outcomes(cube, ELIGIBLE) for key, cube in inputs.cubes.items()}
    if not len(cubes[()].responses):
        return None
    return hidden_cells(
        cubes,
        inputs.whole_book,
        families=questionnaires(inputs.forms),
        by=inputs.request.by if inputs.request.whole else ("unit", *inputs.request.by),
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
    keys, labels = grouping.keys, grouping.domains.labels
    secret = hidden.mask(keys, labels, figures=figures, tops=tops)
    asked = (estimates.asked > 0) | (secret & _of_nobody(keys, labels, hidden)[:, None])
    states = states_of(
        estimates,
        fewest=settings().minimum_respondents,
        hidden=secret & asked,
        poorly_known=_poorly_known(inputs, keys, labels),
    )
    empty = (estimates.responses == 0)[:, None] & (np.arange(len(figures)) == 0)
    alone = len(keys) <= 1 and not figures[0].sensitivity
    whole = hidden.whole_mask(keys, labels, tops=tops)
    return Block(
        grouping=grouping,
        figures=tuple(figures),
        estimates=estimates,
        states=states,
        keep=asked | (empty & alone),
        provisional_population=stand_in,
        mode_shares=_told_modes(design, grouping, hidden, tops=tops),
        whole_hidden=whole,
        weights_hidden=whole | (len(hidden.families) > 1 and keys not in MODES_TOLD),
    )


def _poorly_known(inputs: Inputs, keys: Sequence[str], labels: Sequence[tuple[str, ...]]) -> Any:
    """(domains,): those of units whose dossiers are on record for too few of the units below."""
    units = poorly_known(inputs.book.lineage, set(inputs.register.unit))
    place = keys.index("unit") if "unit" in keys else None
    return np.array([("" if place is None else label[place]) in units for label in labels], dtype=np.bool_)


def _of_nobody(keys: Sequence[str], labels: Sequence[tuple[str, ...]], hidden: Hidden) -> Any:
    """(domains,): those that are there only to look like hidden ones."""
    empty = set(hidden.empty_labels(keys))
    return np.array([label in empty for label in labels], dtype=np.bool_)


def _told_modes(design: OptInDesign, grouping: Grouping, hidden: Hidden, *, tops: Sequence[str]) -> list[str]:
    """How the forms came, where no way of answering is hidden."""
    keys, labels = grouping.keys, grouping.domains.labels
    if keys not in MODES_TOLD:
        return [""] * len(labels)
    secret = hidden.any_within("mode", keys, labels, tops=tops)
    return ["" if no else text for text, no in zip(mode_shares(design, grouping), secret, strict=True)]


def _versions(session: Session, survey: Round, data: lake.Flat) -> tuple[FormVersion, ...]:
    mapped = session.exec(select(RoundForm.form_version).where(RoundForm.round_code == survey.round_code))
    wanted = data.form_versions | set(mapped)
    statement = select(FormVersion).where(col(FormVersion.form_version).in_(wanted))
    return tuple(session.exec(statement.order_by(FormVersion.form_code, col(FormVersion.number))))


def _of_outcomes(cube: Cube, outcomes: Sequence[str]) -> Cube:
    chosen = _rows_with(cube, "outcome", outcomes)
    return cube if chosen.all() else cube.select(chosen)


def _visible(cube: Cube, book: Book) -> Cube:
    chosen = _rows_with(cube, "unit", book.units.keys())
    return cube if chosen.all() else cube.select(chosen)


def _rows_with(cube: Cube, key: str, labels: Any) -> Any:
    wanted = np.array([label in labels for label in cube.label(key)], dtype=np.bool_)
    return wanted[cube.code(key)] if len(cube.responses) else np.zeros(0, dtype=np.bool_)


def _unit_months(cube: Cube) -> set[tuple[str, str]]:
    units, dates = cube.label("unit"), cube.label("date")
    pairs = np.unique(cube.code("unit") * len(dates) + cube.code("date"))
    return {(units[pair // len(dates)], dates[pair % len(dates)][:7]) for pair in pairs.tolist()}


def parts_of(inputs: Inputs) -> dict[str, str]:
    """A hash of each thing that the rows follow from, by name: what changed can be told apart."""
    people = inputs.request.demographics
    lineage, register = inputs.whole_book.lineage, inputs.register
    units = [(unit.unit_code, unit.name, *lineage[code]) for code, unit in inputs.whole_book.units.items()]
    survey = inputs.survey.model_dump(mode="json", exclude={"created_at", "closed_at", "title"})
    plain: dict[str, Any] = {
        "answers": [inputs.digests[key] for key in sorted(inputs.digests) if len(key) < 2 or key == people],
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
