"""A command line that cannot be understood, as the errors people know: the place, the value, the remedy."""

import re
from collections.abc import Sequence

from pydantic import ValidationError
from typer.exceptions import TyperException

from app.core.errors import Invalid
from app.core.mistakes import problem_of

Pattern = tuple[str, str]

# what typer says -> the message for people; the group `place` is what it says it of
SAYINGS: Sequence[Pattern] = (
    (r"Missing (?:option|argument) (?P<place>.+?)\.", "this has to be given"),
    (r"No such option: (?P<place>\S+)(?: \(Possible options: (?P<known>.+)\))?", "there is no such option"),
    (r"No such command (?P<place>'.*?')(?:\. Did you mean (?P<known>.+)\?)?", "there is no such command"),
    (r"Option (?P<place>'.+') requires an argument", "a value has to follow"),
    (r"Option (?P<place>'.+') does not take a value", "this takes no value"),
    (r"Got unexpected extra argument\(s\) \((?P<place>.+)\)", "this is more than the command takes"),
)
HELP = "`{command} --help` shows what can be written"
PERHAPS = "perhaps {known}; `{command} --help` shows what can be written"


def misused(error: TyperException) -> Invalid:
    """The refusal of a command line, in the words of people.

    Raises: nothing.  Check: tests/feature/core/test_everyday_trouble.py, every saying by a command.
    """
    told = error.format_message()
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "sipas"
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        return _refused(cause, told, command)
    for pattern, message in SAYINGS:
        if found := re.match(pattern, told):
            place, known = found["place"], found.groupdict().get("known")
            return _invalid(message, place, PERHAPS if known else HELP, known=_plain(known), command=command)
    return _invalid("the command was not understood: {told}", "", HELP, told=told, command=command)


def _refused(cause: ValidationError, told: str, command: str) -> Invalid:
    """The value of one option is not of its kind, or beyond its limits."""
    found = re.match(r"Invalid value for (?P<place>.+?): ", told)
    problem = problem_of(dict(cause.errors()[0]), "")
    fields = {**problem.fields, "command": command}
    return _invalid(str(problem.message), found["place"] if found else "", HELP, **fields)


def _invalid(message: str, place: str, remedy: str, **fields: object) -> Invalid:
    return Invalid(message, where=_plain(place), remedy=remedy, **fields)  # type: ignore[arg-type]


def _plain(name: str | None) -> str:
    return (name or "").replace("'", "")
