"""Two persons publish a form: one proposes a checked definition, another approves or refuses it."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from sqlmodel import Session, col, select

from app.core import clock
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.forms.service import publish_form, read_definition
from app.forms.tables import FormProposal as FormProposal
from app.forms.tables import FormVersion
from survey_forms import Form, fingerprint, from_document, to_document

LONGEST_NOTE = 400
WAITING = ""


def propose(session: Session, content: bytes, name: str, *, by: str, note: str = "") -> FormProposal:
    """Keep a definition until a second person decides. Raises: Invalid, Conflict when it is there already."""
    form = read_definition(content, Path(name).name[:120] or "form.toml")
    version = fingerprint(form)
    _refuse_known(session, version)
    made = FormProposal(
        proposal_id=uuid4().hex,
        form_code=form.code,
        form_version=version,
        document=to_document(form),
        note=_short(note, "note"),
        proposed_at=clock.now(),
        proposed_by=by[:120],
    )
    session.add(made)
    session.flush()
    return made


def approve(session: Session, proposal_id: str, *, by: str) -> FormVersion:
    """Publish what another person proposed. Raises: Forbidden for the proposer, Conflict when decided."""
    found = _waiting(session, proposal_id)
    if found.proposed_by == by:
        raise Forbidden(
            "{name} proposed this form: another person approves it",
            where="approve",
            remedy="ask a colleague who may publish forms",
            name=by,
        )
    _decide(session, found, "approved", by=by)
    return publish_form(session, form_of(found), by=f"{found.proposed_by}, {by}"[:120])


def refuse(session: Session, proposal_id: str, *, by: str, reason: str) -> FormProposal:
    """Say no, with the reason; one who takes back an own proposal withdraws it."""
    found = _waiting(session, proposal_id)
    if not reason.strip():
        raise Invalid(
            "a refusal needs its reason",
            where="reason",
            remedy="write what must change before it is published",
        )
    decision = "withdrawn" if found.proposed_by == by else "refused"
    return _decide(session, found, decision, by=by, reason=_short(reason, "reason"))


def list_proposals(session: Session, *, waiting: bool = False) -> Sequence[FormProposal]:
    """Proposals, newest first; those that wait alone where asked."""
    chosen = select(FormProposal).order_by(col(FormProposal.proposed_at).desc(), FormProposal.proposal_id)
    return session.exec(chosen.where(FormProposal.decision == WAITING) if waiting else chosen).all()


def get_proposal(session: Session, proposal_id: str) -> FormProposal:
    """Raises: NotFound."""
    found = session.get(FormProposal, proposal_id)
    if found is None:
        raise NotFound(
            "proposal {proposal} is not known",
            where="proposal",
            remedy="see the list of forms",
            proposal=proposal_id[:36],
        )
    return found


def form_of(proposal: FormProposal) -> Form:
    """The proposed form. Raises: Invalid when it was changed since."""
    form = from_document(dict(proposal.document))
    if fingerprint(form) != proposal.form_version:
        raise Invalid(
            "the stored form {version} is damaged", where="form_version", version=proposal.form_version
        )
    return form


def _refuse_known(session: Session, version: str) -> None:
    published = session.get(FormVersion, version)
    if published is not None:
        raise Conflict(
            "this content is published already as {form} {number}",
            where="file",
            remedy="change the definition, or use that version",
            form=published.form_code,
            number=published.number,
        )
    if any(one.form_version == version for one in list_proposals(session, waiting=True)):
        raise Conflict(
            "this content waits for approval already", where="file", remedy="see the proposals that wait"
        )


def _waiting(session: Session, proposal_id: str) -> FormProposal:
    found = get_proposal(session, proposal_id)
    if found.decision != WAITING:
        raise Conflict(
            "{name} has decided about this proposal already",
            where="proposal",
            remedy="see the list of forms",
            name=found.decided_by,
        )
    return found


def _decide(
    session: Session, found: FormProposal, decision: str, *, by: str, reason: str = ""
) -> FormProposal:
    found.decision, found.reason = decision, reason
    found.decided_at, found.decided_by = clock.now(), by[:120]
    session.add(found)
    session.flush()
    return found


def _short(text: str, where: str) -> str:
    if len(text) > LONGEST_NOTE:
        raise Invalid(
            "the text has {length} letters, at most {most} are kept",
            where=where,
            remedy="shorten it",
            length=len(text),
            most=LONGEST_NOTE,
        )
    return text.strip()
