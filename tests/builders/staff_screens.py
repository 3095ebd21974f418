"""The staff's and the public's screens of the demo, by name: where each is, for pictures of the guides."""

from dataclasses import dataclass

from app.accounts.actors import Actor, Grant
from app.console.pages import PARTS
from app.core.database import Database
from app.results.editions import newest
from app.results.sealing import take_step

UNIT = "07795"


@dataclass(frozen=True)
class Screen:
    """A page; `{round}` in the path is the last whole round of the demo."""

    name: str
    path: str


CONSOLE = (
    Screen("overview", "/console?round={round}"),
    Screen("results", "/console/results?round={round}"),
    Screen("results-bars", "/console/results?round={round}&view=forest"),
    Screen("results-map", "/console/results?round={round}&view=heat"),
    Screen("unit", "/console/units/" + UNIT + "/results?round={round}"),
    Screen("compare", "/console/compare?round={round}"),
    Screen("ranking", "/console/ranking?round={round}"),
    Screen("priorities", "/console/priorities?round={round}&unit=" + UNIT),
    Screen("monitor", "/console/monitor?round={round}"),
    Screen("comments", "/console/comments?round={round}"),
    Screen("indices", "/console/indices"),
    Screen("alerts", "/console/alerts"),
    Screen("reports", "/console/reports?round={round}"),
    Screen("editions", "/console/editions?round={round}"),
    Screen("downloads", "/console/downloads?round={round}"),
    Screen("rounds", "/console/rounds"),
    Screen("units", "/console/units"),
    Screen("services", "/console/services"),
    Screen("volumes", "/console/volumes"),
    Screen("forms", "/console/forms"),
    Screen("kiosks", "/console/kiosks"),
    Screen("receipts", "/console/receipts"),
    Screen("accounts", "/console/accounts"),
    Screen("trail", "/console/trail"),
)
PUBLIC = (Screen("public", "/ket-qua/{round}"),)
SMALL = ("overview", "results", "unit")


FILES = (".{kind}", ".csv", ".pdf", "/file", "/progress", "/preview", ".toml", ".svg", ".png")
NOT_STAFF = ("/", "/console/login", "/ket-qua")


def staff_paths() -> list[str]:
    """The path of every staff page, from the program's own routes: files and citizens' pages left out."""
    return [
        route.path
        for part in PARTS
        for route in part.router.routes
        if "GET" in route.methods and not route.path.endswith(FILES) and route.path not in NOT_STAFF
    ]


def publish_newest(database: Database, round_code: str) -> None:
    """The round's newest edition, checked by one person and published by another, for the public's screen."""
    everywhere = (Grant("administrator", "/"),)
    people = {"checked": "kiem-tra", "sealed": "lanh-dao", "published": "lanh-dao"}
    for step, name in people.items():
        with database.write() as session:
            edition = newest(session, round_code)
            if edition is None:
                raise LookupError(f"{round_code} has no edition")
            take_step(session, edition.edition_id, step, actor=Actor(name, "person", everywhere))
