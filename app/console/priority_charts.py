"""A unit's priorities as a chart of four fields: the same for the page and for a file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.console.edition_pages import OpenRound
from app.console.results_charts import Drawn
from app.core.language import Translator, translator
from app.core.numbers import number
from app.results.charts import NARROW, Frame, QuadrantMark, Quadrants, quadrants

if TYPE_CHECKING:
    from app.results.priorities import Priorities, Priority

PAGE_WIDTH = 500


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


QUADRANT_WORDS = {
    "possible_overkill": _("matters less, good"),
    "keep_up": _("matters, good"),
    "low_priority": _("matters less, low"),
    "improve_first": _("matters, low"),
}
"""The fields row by row from the top left."""


def finding(found: "Priorities", unit_name: str, language: str) -> str:
    """What the table says, in one sentence."""
    say = translator(language)
    if found.first:
        facts = {"unit": unit_name, "count": number(len(found.first), language, 0)}
        return say("%(unit)s: %(count)s criteria to look at first") % facts
    if found.peer_count:
        text = say("%(unit)s: no criterion that matters is low and significantly below its peers")
        return text % {"unit": unit_name}
    return say("%(unit)s: what matters and how it does") % {"unit": unit_name}


def drawn(opened: OpenRound, found: "Priorities", rows: Sequence["Priority"], language: str) -> Drawn:
    """The chart, wide and narrow, without its title: the page writes that."""
    frame, chart = _frame(opened, found, language), _chart(found, rows, translator(language))
    wide = replace(frame, width=PAGE_WIDTH, key="fields-wide")
    narrow = replace(frame, width=NARROW, key="fields-narrow")
    return Drawn(quadrants(wide, chart), quadrants(narrow, chart))


def picture(opened: OpenRound, found: "Priorities", rows: Sequence["Priority"], language: str) -> str:
    """The chart as a picture that stands alone, with the names its numbers stand for."""
    frame = replace(_frame(opened, found, language), headed=True)
    return quadrants(frame, _chart(found, rows, translator(language)))


def _frame(opened: OpenRound, found: "Priorities", language: str) -> Frame:
    say = translator(language)
    source = say(
        "%(round)s; edition %(edition)s. n: people who answered. Computed here; not the SIPAS index."
    )
    return Frame(
        title=finding(found, opened.tables.unit_name(found.unit), language),
        measure=say(
            "Upwards: share satisfied. Dashed: an equal share of importance, and the mean of the criteria."
            " Filled: significantly below the peers."
        ),
        description=say(
            "To the right: more important. Upwards: more satisfied. The numbers are those of the table."
        ),
        source=source % {"round": opened.survey.title, "edition": opened.edition_id[:8]},
        language=language,
        key="fields",
    )


def _chart(found: "Priorities", rows: Sequence["Priority"], say: Translator) -> Quadrants:
    words = [say(word) for word in QUADRANT_WORDS.values()]
    marks = [
        QuadrantMark(place, row.name, row.importance, row.side.estimate, row.is_below)
        for place, row in enumerate(rows, start=1)
    ]
    return Quadrants(
        marks,
        importance_cut=found.importance_cut,
        value_cut=found.performance_cut,
        corners=(words[0], words[1], words[2], words[3]),
        across_label=say("Importance: share of what is explained"),
        upwards_label=say("Satisfied"),
    )
