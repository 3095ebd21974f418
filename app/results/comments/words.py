"""What the codes of comments mean to people: what was hidden, states. English msgids."""


def _(message: str) -> str:
    """Mark a text for the catalog; it is translated where it is shown."""
    return message


HIDDEN_WORDS = {
    "name": _("name"),
    "phone": _("phone number"),
    "identity": _("identity number"),
    "mail": _("e-mail or link"),
    "plate": _("number plate"),
    "dossier": _("dossier code"),
    "number": _("number"),
    "house": _("house number"),
}
ORDER_WORDS = {
    "newest": _("newest first"),
    "oldest": _("oldest first"),
    "unit": _("by unit"),
}
STATUS_WORDS = {"new": _("New"), "passed_on": _("Passed on"), "answered": _("Replied to")}
