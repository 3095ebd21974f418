"""Pages citizens see: the form behind a receipt's code or a poster. Opening one changes nothing."""

from collections.abc import Mapping
from typing import Literal
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData

from app.collection.places import UNKNOWN, Place, Places, code_expired, code_spent, code_unknown
from app.collection.ready import MARK, ReadyPage, ready_page
from app.collection.schemas import wire_of_mapping
from app.collection.service import record
from app.collection.stamp import new_stamp
from app.collection.webform import answers_of, gates_of, given_of
from app.core import clock
from app.core.errors import Conflict, Invalid, SurveyError, Unavailable
from app.core.handlers import reply, wants_json
from app.core.language import LANGUAGES, language_of, translator
from app.core.pages import environment, render
from app.forms.answers import Form, Stage, check
from app.forms.page import form_page
from app.kiosks.languages import named, words_around
from app.receipts.posters import counter_of
from app.receipts.short_codes import LONGEST_TYPED, tidy

router = APIRouter(include_in_schema=False)
SEE_OTHER = 303
ANSWERS = "answers."
MOST_READY = 500
TOKEN_ERRORS = {"token_spent": code_spent, "token_expired": code_expired, "token_invalid": code_unknown}


class StartIn(BaseModel):
    """A first touch: where and how, never by whom."""

    model_config = ConfigDict(extra="forbid")

    unit: str = Field(min_length=1, max_length=35)
    mode: Literal["kiosk", "receipt", "poster"]
    counter: str = Field("", max_length=20)


@router.get("/r")
async def code_page(request: Request) -> HTMLResponse:
    """Where a code from the paper is typed."""
    return render(request, "code.html", typed="", refusal=None)


@router.post("/r")
async def typed_code(request: Request) -> Response:
    """From a typed code to its form: nothing is spent, a wrong one may be corrected."""
    typed = _one(_texts(await request.form()), "code")
    try:
        token = await _places(request).token_typed(typed, _address(request))
    except SurveyError as error:
        told = error.render(translator(language_of(request)))
        return render(request, "code.html", status=error.status, typed=typed[:LONGEST_TYPED], refusal=told)
    return RedirectResponse(f"/r/{token}", SEE_OTHER)


@router.post("/api/v1/started", status_code=204)
async def count_start(start: StartIn, request: Request) -> Response:
    """Somebody touched a form for the first time: one more for the unit's day, and nothing else."""
    if await _places(request).knows(start.unit):
        request.app.state.daily_mix.started.add(start.unit, start.mode, counter=counter_of(start.counter))
    return Response(status_code=204)


@router.get("/r/{token}")
async def receipt_page(token: str, request: Request) -> Response:
    """The form behind a receipt's code."""
    try:
        if tidy(token):
            return RedirectResponse(
                f"/r/{await _places(request).token_typed(token, _address(request))}", SEE_OTHER
            )
        return _opened(request, await _places(request).behind_token(token))
    except SurveyError as error:
        return _over(request, error)


@router.get("/p/{unit_code}")
async def poster_page(unit_code: str, request: Request) -> Response:
    """The form behind a unit's poster."""
    try:
        return _opened(request, await _poster_place(request, unit_code))
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
        place = await _poster_place(request, unit_code)
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
        "stamp": _one(fields, "stamp"),
        "stage": place.stage,
        "answered_on": clock.today().isoformat(),
        "language": language if language in place.form.languages else LANGUAGES[0],
    }
    return {name: value for name, value in spoken.items() if value} | {"answers": answers}


def _opened(request: Request, place: Place) -> Response:
    """The page nobody has filled in yet."""
    if "lang" in request.query_params:
        return _page(request, place)  # remembers the language in a cookie
    language, demo = language_of(request), bool(getattr(request.app.state, "demo", False))
    kept: dict[object, ReadyPage] = _places(request).pages
    names = (place.unit_code, place.unit_name, place.service_code, place.service_name, place.counter)
    strata = (place.round_code, place.form_version, place.mode, place.submission, place.stage)
    key = (*names, *strata, language, demo)
    if key not in kept:
        if len(kept) >= MOST_READY:
            kept.clear()
        made = _page(request, place, own_fields=Markup(MARK))
        kept[key] = ready_page(bytes(made.body).decode(), language)
    return kept[key].reply(request, _own_fields(place))


def _own_fields(place: Place, response_id: str = "", stamp: str = "") -> Markup:
    """What no two pages share: the response's id and, behind a poster, the stamp that belongs to it."""
    response_id = response_id or str(uuid4())
    hidden = Markup('<input type="hidden" name="{}" form="answer" value="{}">')
    fields = hidden.format("response_id", response_id)
    fields += hidden.format("opened_on", clock.today().isoformat())
    if place.mode == "poster":
        fields += hidden.format("stamp", stamp or new_stamp(response_id))
    return fields


def _page(
    request: Request,
    place: Place,
    *,
    fields: Mapping[str, list[str]] | None = None,
    refusal: SurveyError | None = None,
    own_fields: Markup | None = None,
) -> HTMLResponse:
    """The page as it was filled in, with what is wrong beside each question."""
    filled = fields or {}
    language = _spoken(request, place.form)
    page = form_page(place.form, language, place.stage)
    return render(
        request,
        "answer.html",
        status=refusal.status if refusal else 200,
        place=place,
        language=language,
        language_names=named(page.languages),
        form_title=page.title,
        questions=_questions(
            place.form,
            language,
            place.stage,
            given=given_of(filled),
            problems=_problems(refusal, words_around(language)) if refusal else {},
        ),
        own_fields=own_fields or _own_fields(place, _one(filled, "response_id"), _one(filled, "stamp")),
        refusal=_told(refusal, words_around(language)),
    )


def _spoken(request: Request, form: Form) -> str:
    """A language that only this form brings is spoken while its link asks for it."""
    asked = request.query_params.get("lang", "")
    return asked if asked in form.languages else language_of(request)


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
        environment(words_around(language))
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


def _over(request: Request, error: SurveyError) -> Response:
    if wants_json(request):
        return reply(request, error)
    told = error.render(translator(language_of(request)))
    return render(
        request,
        "code_over.html",
        status=error.status,
        heading=told["message"],
        advice=told["remedy"],
        may_type=error.code == UNKNOWN,
    )


async def _poster_place(request: Request, unit_code: str) -> Place:
    counter = counter_of(request.query_params.get("counter", ""))
    return await _places(request).of_poster(unit_code, counter=counter)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


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
