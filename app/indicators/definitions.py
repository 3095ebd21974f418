"""Which indices there are: who announces each, what it is counted in, which parts make up the whole. Pure.

The word SIPAS stands on the ministry's figure alone; what is computed here is the satisfaction share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


SIPAS, PAR_INDEX, LEGAL = "sipas", "par_index", "legal_formula"
SATISFACTION, PLAN, ON_TIME = "satisfaction", "answers", "on_time"


@dataclass(frozen=True, slots=True)
class Indicator:
    """An index. `measure`: pct (a percentage), points, or share (a count of a count).

    `whole` are the parts that together are the index: where all are given they must sum to it.
    """

    code: str
    name: str
    measure: str = "points"
    parts: Mapping[str, str] = field(default_factory=dict)
    whole: tuple[str, ...] = ()


PAR_PARTS = {
    "appraised": _("Appraised by the council"),
    "sipas": _("SIPAS points (10 of 100)"),
    "leaders": _("Survey of leaders and managers"),
    "impact": _("Impact on social and economic development"),
}
LEGAL_PARTS = {
    "1": _("1. Total time against the limit"),
    "2": _("2. Time at each agency"),
    "3": _("3. Contacts to complete the dossier"),
    "4": _("4. Agencies that had to be met"),
    "5": _("5. Organisation of the one-stop shop"),
    "6": _("6. Publicity of procedures"),
    "7": _("7. Attitude of officers"),
    "8": _("8. Petitions answered in time"),
    "9": _("9. Online services"),
}
INDICATORS = {
    one.code: one
    for one in (
        Indicator(SIPAS, _("SIPAS (announced by the ministry)"), "pct"),
        Indicator(PAR_INDEX, "PAR INDEX", parts=PAR_PARTS, whole=tuple(PAR_PARTS)),
        Indicator("ddci", "DDCI"),
        Indicator("dgi", "DGI"),
        Indicator("papi", "PAPI"),
        Indicator("pci", "PCI"),
        Indicator("ict", "ICT Index"),
        Indicator("egov", _("Electronic, digital government")),
        Indicator("service_766", _("Serving citizens and firms (Decision 766)")),
        Indicator(LEGAL, _("Score of Circular 01/2018"), parts=LEGAL_PARTS),
        Indicator("survey", _("Satisfaction by another survey"), "pct"),
        Indicator(ON_TIME, _("Dossiers settled in time"), "share"),
    )
}
OURS = {SATISFACTION: _("Satisfaction share (this survey)"), PLAN: _("Answers wanted in a round")}


def name_of(code: str) -> str:
    """The msgid of an index, of ours as well; the code itself where it is not known."""
    return OURS.get(code) or (INDICATORS[code].name if code in INDICATORS else code)


def part_name(indicator: str, part: str) -> str:
    """The msgid of a known part; else the part as it was written."""
    return INDICATORS[indicator].parts.get(part, part) if indicator in INDICATORS else part
