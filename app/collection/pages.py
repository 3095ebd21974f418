"""Pages citizens see: the form behind a receipt's code or a poster. Opening one changes nothing."""

from collections.abc import Mapping
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.datastructures import FormData

from app.collection.places import Place, Places, code_expired, code_spent, code_unknown
from app.collection.ready import MARK, ReadyPage, ready_page
from app.collection.schemas import wire_of_mapping
from app.collection.service import record
from app.collection.webform import answers_of, gates_of, given_of
from app.core import clock
from app.core.errors import Conflict, Invalid, SurveyError, Unavailable
from app.core.language import LANGUAGES, language_of, translator
from app.core.pages import environment, render
from app.forms.answers import Form, Stage, check
from app.forms.page import form_page

router = APIRouter(include_in_schema=False)
SEE_OTHER = 303
ANSWERS = "answers."
MOST_READY = 500
TOKEN_ERRORS = {"token_spent": code_spent, "token_expired": code_expired, "token_invalid": code_unknown}


@router.get("/r/{token}")
async def receipt_page(token: str, request: Request) -> Response:
    """The form behind a receipt's code."""
    try:
        return _opened(request, await _places(request).behind_token(token))
    except SurveyError as error:
        return _over(request, error)


@router.get("/p/{unit_code}")
async def poster_page(unit_code: str, request: Request) -> Response:
    """The form behind a unit's poster."""
    try:
        return _opened(request, await _places(request).of_poster(unit_code))
    except SurveyError as error:
        return _over(request, error)


@router.post("/r/{token}")
async def send_receipt(token: str, request: Request) -> Response:
    """Answers behind a receipt's code: the code is spent with them, in one transaction."""
    try:
        # whether it is spent only the writer may say: the same answers sent twice are no refusal
        place = await _places(request).sending_token(token)
    except SurveyError as error:
        return _over(request, error)
    return await _send(request, place, token=token)


@router.post("/p/{unit_code}")
async def send_poster(unit_code: str, request: Request) -> Response:
    """Answers behind a poster."""
    try:
        place = await _places(request).of_poster(unit_code)
    except SurveyError as error:
        return _over(request, error)
    return await _send(request, place)


@router.get("/thanks")
async def thanks(request: Request) -> HTMLResponse:
    """Where every sent page ends: loading it again sends nothing."""
    return render(request, "thanks.html")


async def _send(request: Request, place: Place, *, token: str = "") -> Response:
    fields = _texts(await request.form())
    form = await _places(request).form(place, _one(fields, "form_version"))
    answers = answers_of(form, fields, place.stage)
    try:
        _require_something(form, answers, place)
        wire = wire_of_mapping(_wire(place, fields, answers, token=token))
        await record(request.app.state.writer, wire)
    except Conflict:
        return _over(request, code_spent())
    except (Invalid, Unavailable) as error:
        if error.code in TOKEN_ERRORS:
            return _over(request, TOKEN_ERRORS[error.code]())
        return _page(request, place, fields=fields, refusal=error)
    return RedirectResponse(f"/thanks?lang={language_of(request)}", SEE_OTHER)


def _require_something(form: Form, answers: Mapping[str, object], place: Place) -> None:
    """A page sent without its main answer is shown once more rather than spent on nothing."""
    if check(form, answers, place.stage).outcome == "breakoff":
        raise Invalid(
            "Please choose an answer here, then send.",
            where=f"{ANSWERS}{form.headline}" if form.headline else "",
        )


def _wire(
    place: Place, fields: Mapping[str, list[str]], answers: Mapping[str, object], *, token: str
) -> dict[str, object]:
    language = _one(fields, "language")
    spoken = {
        "response_id": _one(fields, "response_id"),
        "round": place.round_code,
        "form_version": _one(fields, "form_version") or place.form_version,
        "unit": place.unit_code,
        "service": place.service_code,
        "mode": place.mode,
        "submission": place.submission,
        "token": token,
        "stage": place.stage,
        "answered_on": clock.today().isoformat(),
        "language": language if language in LANGUAGES else LANGUAGES[0],
    }
    return {name: value for name, value in spoken.items() if value} | {"answers": answers}


def _opened(request: Request, place: Place) -> Response:
    """The page nobody has filled in yet."""
    if "lang" in request.query_params:
        return _page(request, place)  # remembers the language in a cookie
    language, demo = language_of(request), bool(getattr(request.app.state, "demo", False))
    kept: dict[object, ReadyPage] = _places(request).pages
    key = (place.unit_name, place.service_name, place.form_version, place.stage, language, demo)
    if key not in kept:
        if len(kept) >= MOST_READY:
            kept.clear()
        made = _page(request, place, response_id=MARK)
        kept[key] = ready_page(bytes(made.body).decode(), language)
    return kept[key].reply(request, str(uuid4()))


def _page(
    request: Request,
    place: Place,
    *,
    fields: Mapping[str, list[str]] | None = None,
    refusal: SurveyError | None = None,
    response_id: str = "",
) -> HTMLResponse:
    """The page as it was filled in, with what is wrong beside each question."""
    language = language_of(request)
    page = form_page(place.form, language, place.stage)
    return render(
        request,
        "answer.html",
        status=refusal.status if refusal else 200,
        unit_name=place.unit_name,
        service_name=place.service_name,
        form_title=page.title,
        form_version=place.form_version,
        questions=_questions(
            place.form,
            language,
            place.stage,
            given=given_of(fields or {}),
            problems=_problems(refusal, language) if refusal else {},
        ),
        response_id=response_id or _one(fields or {}, "response_id") or str(uuid4()),
        refusal=_told(refusal, language),
    )


def _told(refusal: SurveyError | None, language: str) -> str:
    if refusal is None:
        return ""
    return translator(language)(
        "The server is busy. Your answers are still here: please send once more in a moment."
        if isinstance(refusal, Unavailable)
        else "Nothing is lost: please look at the marked questions, then send again."
    )


def _problems(refusal: SurveyError, language: str) -> dict[str, str]:
    """Words to show beside each item."""
    translate = translator(language)
    found = refusal.problems if isinstance(refusal, Invalid) and refusal.problems else (refusal.problem,)
    shown = [problem.render(translate) for problem in found]
    return {
        one["where"].removeprefix(ANSWERS): one["message"]
        for one in shown
        if one["where"].startswith(ANSWERS)
    }


def _questions(
    form: Form,
    language: str,
    stage: Stage | None,
    *,
    given: Mapping[str, tuple[str, ...]],
    problems: Mapping[str, str],
) -> Markup:
    gates, opens = gates_of(form, stage)
    page = form_page(form, language, stage)
    body = (
        environment(language)
        .get_template("answer_questions.html")
        .render(
            items=page.items,
            intro=page.intro,
            given=given,
            problems=problems,
            gates=gates,
            opens=opens,
        )
    )
    return Markup(body)  # rendered with autoescape


def _over(request: Request, error: SurveyError) -> HTMLResponse:
    told = error.render(translator(language_of(request)))
    return render(
        request, "code_over.html", status=error.status, heading=told["message"], advice=told["remedy"]
    )


def _places(request: Request) -> Places:
    state = request.app.state
    if not hasattr(state, "places"):
        state.places = Places(state.database)
    places: Places = state.places
    return places


def _texts(posted: FormData) -> dict[str, list[str]]:
    """The posted fields; files are nobody's answer."""
    fields: dict[str, list[str]] = {}
    for name, value in posted.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    return fields


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]
