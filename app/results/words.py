"""What the codes of a result mean to people: states, reasons, kinds, formulas, dimensions. English msgids."""


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


DIMENSION_WORDS = {
    "unit": _("Unit"),
    "service": _("Procedure"),
    "field": _("Field"),
    "submission": _("Filed by"),
    "mode": _("Answered by"),
    "month": _("Month"),
    "sex": _("Sex"),
    "age_band": _("Age band"),
    "occupation": _("Occupation"),
}
STATE_WORDS = {"ok": _("reliable"), "review": _("read with care"), "suppressed": _("not published")}
KIND_WORDS = {
    "headline": _("Overall rating"),
    "overall": _("All criteria"),
    "factor": _("Factor"),
    "criterion": _("Criterion"),
}
FORMULA_WORDS = {
    "satisfied_share": _("share satisfied"),
    "pooled_answers": _("all answers together"),
    "equal_criteria": _("criteria count equally"),
    "mean_score": _("mean score"),
    "level_share": _("share at one level"),
}
VALUE_WORDS = {
    "submission:counter": _("At the counter"),
    "submission:online": _("Online"),
    "submission:post": _("By post"),
    "submission:unknown": _("Not known"),
    "mode:kiosk": _("On a kiosk"),
    "mode:receipt": _("Receipt code"),
    "mode:poster": _("Poster"),
    "mode:portal": _("Portal"),
    "mode:paper": _("Paper"),
    "mode:interviewer": _("Interviewer"),
}
EDITION_WORDS = {
    "draft": _("draft"),
    "checked": _("checked"),
    "sealed": _("sealed"),
    "published": _("published"),
    "withdrawn": _("withdrawn"),
}
STEP_WORDS = {
    "waiting": _("waiting for its turn"),
    "lake": _("preparing the answers"),
    "responses": _("reading the answers"),
    "counts": _("counting"),
    "population": _("reading the dossier volumes"),
    "drivers": _("what satisfaction goes with"),
    "disclosure": _("what must be hidden"),
}
TABLE_WORDS = {"unit": _("table of units")} | {
    f"unit,{name}": word
    for name, word in {
        "service": _("table of units and procedures"),
        "field": _("table of units and fields"),
        "submission": _("table of units and ways of filing"),
        "mode": _("table of units and ways of answering"),
        "month": _("table of units and months"),
        "sex": _("table of units and sexes"),
        "age_band": _("table of units and age bands"),
        "occupation": _("table of units and occupations"),
    }.items()
}
REASONS = {
    "no_answers": _("nobody has answered yet"),
    "too_few_people": _("too few people, or it would give away a figure with too few"),
    "no_degrees_of_freedom": _("the uncertainty cannot be computed"),
    "n_below_30": _("fewer than 30 answers"),
    "n_effective_below_30": _("effective number of answers below 30"),
    "interval_0.30_wide": _("the interval is 30 points wide or more"),
    "relative_width_above_130_pct": _("the interval is wide for so small a share"),
    "df_below_8": _("answers on too few days"),
    "share_0_or_1": _("everybody or nobody is satisfied"),
    "blank_above_20_pct": _("more than 20% left the question blank"),
    "coverage_below_80_pct": _("units with answers cover less than 80% of the dossiers"),
    "units_without_register": _("more than 20% of the units have no dossiers on record"),
    "over_count": _("more answers than finished dossiers in a cell"),
    "provisional": _("dossiers of a month are not in yet: those of another month stand in"),
    "no_population": _("no dossiers are known for a unit: its answers are not weighted"),
}


def reason_text(code: str) -> str:
    """The msgid of a reason."""
    return REASONS.get(code, code)
