"""What an alert says, in words; msgids with named fields. Nothing in them is about a person."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app.alerts.tables import KIOSK_RULES
from app.core import numbers
from app.core.language import translator


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


RULE_NAMES = {
    "below_target": _("Below the target"),
    "control_signal": _("A fall that chance does not explain"),
    "sample_behind": _("Fewer answers than planned"),
    "flagged_high": _("Many flagged answers"),
    "unit_silent": _("A unit without answers"),
    "kiosk_silent": _("Silent kiosk"),
    "kiosk_gap": _("Answers missing"),
    "kiosk_full": _("Kiosk without room"),
    "kiosk_aside": _("Answers set aside"),
    "kiosk_duplicate": _("Answers under one number"),
}
SENTENCES = {
    "below_target": _(
        "{unit}, {round}: {estimate}% satisfied ({low}–{high}), wholly below the target of {target}%"
    ),
    "control_signal": _("{unit}: {estimate}% in {month}; down to {low}% around {centre}% would be chance"),
    "in_run": _("{unit}: nine months running below {centre}%, {estimate}% in {month}"),
    "sample_behind": _("{unit}: {answers} answers, {expected} were planned by now (of {plan})"),
    "flagged_high": _("{unit}: {flagged} of {answers} answers carry a flag"),
    "unit_silent": _("{unit}, {round}: no answer for {days} days, with dossiers finished"),
    "kiosk_silent": _("{unit}: a kiosk says nothing in opening hours"),
    "kiosk_gap": _("{unit}: {missing} of {made} answers of a kiosk have not arrived"),
    "kiosk_full": _("{unit}: a kiosk has no room left and takes no answers"),
    "kiosk_aside": _("{unit}: {aside} answers of a kiosk were refused and lie set aside on it"),
    "kiosk_duplicate": _("{unit}: {duplicate} different answers of a kiosk came under a number used before"),
}
ADVICE = {
    "below_target": _("See which criteria are low and which services weigh most."),
    "control_signal": _(
        "See what changed that month: services, submission (a stable month is here at most once in 300)."
    ),
    "sample_behind": _("See which unit and mode bring few answers: receipts given out, kiosks, posters."),
    "flagged_high": _("See which mode and days: answers in a hurry, codes used twice."),
    "unit_silent": _("See whether people are asked: receipts given out, the poster, a kiosk that is on."),
    "kiosk_silent": _("See whether it is switched on and has network; its answers stay on it meanwhile."),
    "kiosk_gap": _("See which device and day; its queue can be brought in from a file."),
    "kiosk_full": _("Free room on the device, more than 1 GB; what it has kept is safe and will be sent."),
    "kiosk_aside": _("See why: a round that closed, a form withdrawn. Save its queue and bring the file in."),
    "kiosk_duplicate": _("See whether the device was copied or restored; connect it again with a new code."),
}
GRAVE = {"below_target", "control_signal", "kiosk_gap", "kiosk_full"}


def level_of(rule: str) -> str:
    """bad or warn, as tags are coloured."""
    return "bad" if rule in GRAVE else "warn"


def sentence(rule: str, detail: Mapping[str, Any], *, unit_name: str, language: str) -> str:
    """The alert in one sentence."""
    told = "in_run" if rule == "control_signal" and detail.get("in_run") else rule
    fields = {name: _shown(value, language) for name, value in detail.items()}
    year, _dash, month = str(detail.get("month", "")).partition("-")
    fields["month"] = f"{int(month)}/{year}" if month.isdigit() else year
    return translator(language)(SENTENCES[told]).format(unit=unit_name, **fields)


def _shown(value: Any, language: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "–" if value is None else str(value).replace(".", "," if language == "vi" else ".")
    return numbers.number(value, language, 1 if isinstance(value, float) else 0)


def link(rule: str, unit_code: str, detail: Mapping[str, Any]) -> str:
    """The page of the console that explains it."""
    if rule in KIOSK_RULES:
        return "/console/kiosks"
    if rule in ("sample_behind", "flagged_high", "unit_silent"):
        return "/console/monitor?" + urlencode({"round": detail.get("round", ""), "unit": unit_code})
    return f"/console/units/{unit_code}/results" if unit_code else "/console/results"
