"""Publishing forms and finding what was published. A published version is locked by its hash."""

from collections.abc import Sequence
from pathlib import Path
from tomllib import TOMLDecodeError

from sqlmodel import Session, col, func, select

from app.core import clock
from app.core.errors import Invalid, NotFound, Problem
from app.core.files import read_whole
from app.forms.tables import FormVersion as FormVersion
from survey_forms import (
    Form,
    InvalidForm,
    UnknownForm,
    broken_toml,
    check_bytes,
    codes,
    definition,
    definition_text,
    fingerprint,
    from_document,
    load_bytes,
    to_document,
)
from survey_forms import Problem as Mistake


def publish(session: Session, code: str, *, by: str) -> FormVersion:
    """Publish the definition of that code; the same content again gives the version that exists."""
    try:
        return publish_form(session, definition(code), by=by)
    except UnknownForm as error:
        raise _unknown(code) from error


def shipped_codes() -> tuple[str, ...]:
    """Codes of the definitions that come with the program."""
    return codes()


def shipped_text(code: str) -> str:
    """The TOML of a shipped definition. Raises: NotFound."""
    try:
        return definition_text(code)
    except UnknownForm as error:
        raise _unknown(code) from error


def _unknown(code: str) -> NotFound:
    return NotFound(
        "form {form} is not known",
        where="form",
        remedy="use one of: {known}",
        form=code,
        known=", ".join(codes()),
    )


def publish_file(session: Session, path: Path, *, by: str) -> FormVersion:
    """Publish a definition from a file at once; `Invalid` lists every mistake in it."""
    return publish_form(session, read_definition(read_whole(path), path.name), by=by)


def check_file(path: Path) -> None:
    """Raise `Invalid` with every mistake of a definition: file, line, key, remedy."""
    read_definition(read_whole(path), path.name)


def read_definition(content: bytes, name: str) -> Form:
    """The form a file defines. Raises: Invalid with every mistake in it: file, line, key, remedy."""
    problems = [_as_problem(found) for found in check_bytes(content, name)]
    if problems:
        raise Invalid(
            "{file} has {count} mistakes",
            where=name,
            problems=problems,
            file=name,
            count=len(problems),
        )
    return load_bytes(content, name)


def toml_mistake(error: TOMLDecodeError, text: str, name: str) -> Problem:
    """What stopped the reader of any TOML file, with its line and column."""
    return _as_problem(broken_toml(error, text, name))


def _as_problem(found: Mistake) -> Problem:
    return Problem(f"{found.file}:{found.line or 1} {found.key}".strip(), found.message, found.remedy)


def publish_form(session: Session, form: Form, *, by: str) -> FormVersion:
    """Store a form for good under its hash, as the next number of its code."""
    version = fingerprint(form)
    known = session.get(FormVersion, version)
    if known is not None:
        return known
    last = session.exec(select(func.max(FormVersion.number)).where(FormVersion.form_code == form.code)).one()
    published = FormVersion(
        form_version=version,
        form_code=form.code,
        number=(last or 0) + 1,
        document=to_document(form),
        published_at=clock.now(),
        published_by=by,
    )
    session.add(published)
    session.flush()
    return published


def list_versions(session: Session) -> Sequence[FormVersion]:
    """Every published version, by code, newest number first."""
    return session.exec(
        select(FormVersion).order_by(col(FormVersion.form_code), col(FormVersion.number).desc())
    ).all()


def get_version(session: Session, form_version: str) -> FormVersion:
    """The published version of that hash."""
    found = session.get(FormVersion, form_version)
    if found is None:
        raise NotFound(
            "form version {version} is not published",
            where="form_version",
            remedy="see the list of published forms",
            version=form_version,
        )
    return found


def newest_version(session: Session, form_code: str) -> FormVersion:
    """The newest published version of a form."""
    found = session.exec(
        select(FormVersion).where(FormVersion.form_code == form_code).order_by(col(FormVersion.number).desc())
    ).first()
    if found is None:
        raise NotFound(
            "form {form} is not published",
            where="form",
            remedy="run: sipas forms publish {form}",
            form=form_code,
        )
    return found


def get_form(session: Session, form_version: str) -> Form:
    """The form of a published version; kept in memory, since it can never change."""
    kept = _kept.get(form_version)
    return (
        kept
        if kept is not None
        else _kept.setdefault(form_version, _load(get_version(session, form_version)))
    )


_kept: dict[str, Form] = {}


def _load(published: FormVersion) -> Form:
    version = published.form_version
    try:
        form = from_document(dict(published.document))
    except InvalidForm as error:
        raise Invalid(
            "the stored form {version} is damaged", where="form_version", version=version
        ) from error
    if fingerprint(form) != version:
        raise Invalid("the stored form {version} is damaged", where="form_version", version=version)
    return form
