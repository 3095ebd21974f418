"""The tree of errors people and programs may see.

SurveyError                 400
├── Unreadable              400  the request cannot be read
├── NotSignedIn             401  nobody is signed in, or the credential is unknown
├── Forbidden               403  somebody is, but may not
├── NotFound                404
├── Conflict                409  the id or state is taken
├── Gone                    410  it was here and is over
├── TooLarge                413
├── WrongType               415
├── Invalid                 422  readable, but its content is wrong; may hold several problems
├── TooMany                 429
└── Unavailable             503  try again after `retry_after_seconds`

A message is an English msgid with named fields (`"unit {unit} is not known"`); it is translated where it
is shown, so `where`, the offending value and the remedy survive in both languages. A room that has its words
in every language already (forms) gives a mapping from language to text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Words = str | Mapping[str, str]


class Translate(Protocol):
    """From msgid to text in one language."""

    language: str

    def __call__(self, message: str, /) -> str: ...


class Said:
    """A field of a message that is itself words: a msgid with fields of its own."""

    def __init__(self, message: str, **fields: object) -> None:
        self.message, self.fields = message, fields

    def __str__(self) -> str:
        return self.message.format(**self.fields)

    def render(self, translate: Translate) -> str:
        return translate(self.message).format(**self.fields)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (line, column, item), the message and what to do."""

    where: str
    message: Words
    remedy: Words = ""
    fields: Mapping[str, object] = field(default_factory=dict)

    def render(self, translate: Translate) -> dict[str, str]:
        return {
            "where": self.where,
            "message": self._said(self.message, translate),
            "remedy": self._said(self.remedy, translate),
        }

    def _said(self, words: Words, translate: Translate) -> str:
        if not isinstance(words, str):
            return words[translate.language]
        fields = {
            name: value.render(translate) if isinstance(value, Said) else value
            for name, value in self.fields.items()
        }
        return translate(words).format(**fields) if words else ""


class SurveyError(Exception):
    """Something a person or a program did that cannot be done; carries what to tell them."""

    status = 400
    code = "error"

    def __init__(
        self, message: str, *, where: str = "", remedy: str = "", code: str = "", **fields: object
    ) -> None:
        self.problem = Problem(where, message, remedy, fields)
        self.code = code or type(self).code
        super().__init__(message.format(**fields))

    @property
    def headers(self) -> dict[str, str]:
        return {}

    def render(self, translate: Translate) -> dict[str, object]:
        """The inside of the one JSON error shape."""
        return {"code": self.code, **self.problem.render(translate)}


class Unreadable(SurveyError):
    status, code = 400, "unreadable"


class NotSignedIn(SurveyError):
    status, code = 401, "not_signed_in"


class Forbidden(SurveyError):
    status, code = 403, "forbidden"


class NotFound(SurveyError):
    status, code = 404, "not_found"


class NotAllowed(SurveyError):
    status, code = 405, "method_not_allowed"

    def __init__(self, message: str, *, allowed: Sequence[str], **fields: object) -> None:
        super().__init__(message, **fields)  # type: ignore[arg-type]
        self.allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class Conflict(SurveyError):
    status, code = 409, "conflict"


class Gone(SurveyError):
    status, code = 410, "gone"


class TooLarge(SurveyError):
    status, code = 413, "too_large"


class WrongType(SurveyError):
    status, code = 415, "wrong_type"


class TooMany(SurveyError):
    status, code = 429, "too_many"


class Invalid(SurveyError):
    """Content that is wrong in one or several places; `problems` lists them all."""

    status, code = 422, "invalid"

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        remedy: str = "",
        code: str = "",
        problems: Sequence[Problem] = (),
        **fields: object,
    ) -> None:
        super().__init__(message, where=where, remedy=remedy, code=code, **fields)
        self.problems = tuple(problems)

    def render(self, translate: Translate) -> dict[str, object]:
        shape = super().render(translate)
        if self.problems:
            shape["problems"] = [problem.render(translate) for problem in self.problems]
        return shape


class Unavailable(SurveyError):
    status, code = 503, "unavailable"

    def __init__(self, message: str, *, retry_after_seconds: int = 5, **fields: object) -> None:
        super().__init__(message, **fields)  # type: ignore[arg-type]
        self.retry_after_seconds = retry_after_seconds

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_seconds)}
