"""What can be wrong with a form.

FormError
    InvalidForm     a definition or document with mistakes; carries every Problem found
    UnknownForm     no definition of that code
    UnknownItem     the form has no item of that code
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from survey_forms.problems import Problem


class FormError(Exception):
    """Root of everything this room raises; ``code`` is stable."""

    code: ClassVar[str] = "form_error"


class InvalidForm(FormError):
    """The definition has mistakes; ``problems`` lists all of them."""

    code = "invalid_form"

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.name = name
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.line_of_text("en") for problem in self.problems))


class UnknownForm(FormError):
    """No definition of that code is shipped; ``known`` lists the codes there are."""

    code = "unknown_form"

    def __init__(self, form: str, known: Iterable[str]) -> None:
        self.form = form
        self.known = tuple(known)
        super().__init__(f"no form {form!r}; known forms: {', '.join(self.known)}")


class UnknownItem(FormError):
    """The form has no item of that code."""

    code = "unknown_item"

    def __init__(self, form: str, item: str) -> None:
        self.form = form
        self.item = item
        super().__init__(f"form {form!r} has no item {item!r}")
