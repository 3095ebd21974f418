"""What goes wrong on any machine is told with its place and a remedy, and leaves nothing behind."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from builders.office import free_port
from builders.rounds import an_open_round
from builders.units import some_services
from sqlalchemy import text
from sqlmodel import func, select

from app import cli
from app.accounts.tables import AuditEntry
from app.core.config import settings
from app.core.database import Database
from app.core.serving import check_port, sole_server

UNIT = "07777"
Told = Callable[..., str]


@pytest.fixture
def told(sipas: Callable[..., tuple[int, str, str]]) -> Told:
    """What a command says when it ends with 2; settings may be given with it."""

    def run(*words: object, **variables: str) -> str:
        code, said, wrong = sipas(*words, **variables)
        assert (code, said) == (2, ""), wrong
        return wrong

    return run


@pytest.fixture
def plain_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home on SQLite that nothing was put into yet."""
    for name in [name for name in os.environ if name.startswith("SIPAS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SIPAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_every_wrong_setting_is_named_with_its_value_and_a_remedy(plain_home: Path, told: Told) -> None:
    said = told("units", "list", PORT="abc", SIPAS_LANGUAGE="fr", SIPAS_TIME_ZONE="Mars", SIPAS_MIX_HOUR="24")
    for line in (
        "Lỗi [PORT]: có 4 cấu hình không dùng được",
        "[PORT]: 'abc' không phải số nguyên",
        "[SIPAS_LANGUAGE]: không có ngôn ngữ 'fr'; hãy dùng vi hoặc en",
        "[SIPAS_TIME_ZONE]: không có múi giờ 'Mars'; hãy viết như Asia/Ho_Chi_Minh",
        "[SIPAS_MIX_HOUR]: '24' lớn hơn 23",
    ):
        assert line in said
    assert "Error [SIPAS_PORT]: 1 settings" in told(
        "units",
        "list",
        SIPAS_PORT="0",
        SIPAS_LANGUAGE="en",
        SIPAS_TIME_ZONE="Asia/Ho_Chi_Minh",
        SIPAS_MIX_HOUR="1",
    )


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SIPAS_LOG_LEVEL", "loud", "hãy dùng một trong: DEBUG, INFO, WARNING, ERROR"),
        ("SIPAS_OPENING_HOURS", "8", "thứ Hai là 1"),
        ("SIPAS_TIME_ZONE", "Asia", "không có múi giờ"),
        ("SIPAS_SECURE_COOKIES", "maybe", "hãy viết true hoặc false"),
        ("SIPAS_DATABASE_URL", "nonsense", "viết không đúng dạng địa chỉ"),
        ("SIPAS_DATABASE_URL", "mysql://a:geheim@b/c", "không có trình điều khiển cho mysql"),
        ("SIPAS_DATABASE_URL", "postgresql://a:geheim@127.0.0.1:abc/c", "viết không đúng dạng địa chỉ"),
        ("SIPAS_DATABASE_URL", "postgresql://a:geheim@127.0.0.1:1/c", "không có gì trả lời ở địa chỉ này"),
        ("SIPAS_DATABASE_URL", "sqlite:////no/folder/at/all.db", "không mở được tệp"),
    ],
)
def test_a_setting_that_leads_nowhere_is_told_without_its_password(
    plain_home: Path, told: Told, variable: str, value: str, words: str
) -> None:
    said = told("units", "list", **{variable: value})
    assert variable in said
    assert words in said
    assert "geheim" not in said


def test_a_home_that_is_a_file_or_lies_under_one_is_told(plain_home: Path, told: Told) -> None:
    plain_home.write_text("here already")
    assert f"không dùng được thư mục {plain_home} của hệ thống: đó là một tệp" in told("units", "list")
    assert "không phải thư mục" in told("units", "list", SIPAS_HOME=str(plain_home / "in a file"))


def test_a_damaged_database_is_told_and_kept(plain_home: Path, told: Told) -> None:
    plain_home.mkdir()
    damaged = plain_home / "sipas.db"
    damaged.write_bytes(b"no database at all " * 300)
    said = told("units", "list")
    assert str(damaged) in said
    assert "tệp bị hỏng" in said
    assert "bản sao lưu" in said
    assert damaged.read_bytes() == b"no database at all " * 300


@pytest.mark.new_database
def test_a_database_of_a_newer_program_is_told_and_left_alone(database: Database, told: Told) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for words in (["units", "list"], ["database", "upgrade"], ["serve"]):
        said = told(*words, PORT=str(free_port()))
        assert "cơ sở dữ liệu thuộc phiên bản '9999' mà chương trình này không biết" in said
        assert "hãy cài phiên bản chương trình đã nâng cấp nó, hoặc mới hơn" in said


def test_a_taken_port_is_told_before_any_address(plain_home: Path, told: Told) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = told("serve", PORT=str(port))
        assert f"cổng {port} tại 127.0.0.1 đang có chương trình khác dùng" in said
    check_port("127.0.0.1", port)
    assert "máy này không có địa chỉ 192.0.2.1" in told("serve", SIPAS_HOST="192.0.2.1")


def test_a_second_server_on_a_home_is_told_before_any_address(plain_home: Path, told: Told) -> None:
    settings.cache_clear()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with sole_server(settings()):
        said = told("serve", PORT=str(port))
    assert f"một máy chủ khác đang chạy trên thư mục {plain_home}" in said
    with sole_server(settings()):
        pass


@pytest.mark.parametrize(
    "words",
    [
        ["receipts", "sheet", "--round", "2026-Q4", "--unit", UNIT, "--out"],
        ["receipts", "poster", "--unit", UNIT, "--out"],
        ["kiosks", "card", "--unit", UNIT, "--out"],
        ["estimate", "--round", "2026-Q4", "--out"],
        ["results", "export-responses", "--round", "2026-Q4", "--out"],
        ["indicators", "export", "--out"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_an_output_that_cannot_be_written_is_told_before_anything_is_done(
    database: Database, home: Path, told: Told, words: list[str]
) -> None:
    with database.write() as session:
        an_open_round(session)
        some_services(session)
    before = acts(database)
    kind = ".pdf" if words[0] in ("receipts", "kiosks") else ".csv"
    (home / "a folder").with_suffix(kind).mkdir()
    (home / "a file").touch()
    for place, reason in (
        (home / f"no/folder/x{kind}", f"không có thư mục {home / 'no/folder'}"),
        ((home / "a folder").with_suffix(kind), "đó là một thư mục"),
        (home / f"a file/x{kind}", "nơi chứa nó là một tệp"),
        (home / f"{'a' * 300}{kind}", "tên quá dài"),
    ):
        said = told(*words, place)
        assert f"không ghi được tệp {place}: {reason}" in said
        assert "hãy chọn thư mục hoặc tên khác" in said
    assert acts(database) == before


def acts(database: Database) -> int:
    """Lines of the trail: codes issued and files made are among them."""
    with database.read() as session:
        return session.exec(select(func.count()).select_from(AuditEntry)).one()


def test_a_language_nobody_wrote_words_in_is_refused(database: Database, home: Path, told: Told) -> None:
    for words in (
        ["report", "--round", "R", "--unit", UNIT, "--out", home / "x.pdf"],
        ["estimate", "--round", "R"],
        ["results", "export", "--round", "R", "--out", home / "x.csv"],
        ["results", "export-responses", "--round", "R", "--out", home / "x.csv"],
    ):
        assert "không có ngôn ngữ 'fr'" in told(*words, "--language", "fr")


def test_a_round_without_answers_says_so(
    database: Database, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as session:
        an_open_round(session)
    monkeypatch.setattr(sys, "argv", ["sipas", "estimate", "--round", "2026-Q4"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    said = capsys.readouterr()
    assert "2026-Q4: chưa có phiếu trả lời nào để tính" in said.err
    assert said.out == ""


def test_a_fault_of_the_program_keeps_its_trace(plain_home: Path) -> None:
    program = "from app import cli; cli.cli = lambda **_: 1 / 0; cli.main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "receipts sheet --count 0",
            "Lỗi [--count]: '0' nhỏ hơn 1\n    → xem cách viết bằng `sipas receipts",
        ),
        ("receipts sheet --count ba", "Lỗi [--count]: 'ba' không phải số nguyên"),
        ("receipts sheet --count", "Lỗi [--count]: sau đây phải có một giá trị"),
        ("receipts sheet --cuont 3", "Lỗi [--cuont]: không có tùy chọn này\n    → có phải ý là --count"),
        ("estimate", "Lỗi [--round]: phải ghi giá trị này"),
        ("serve --demo=x", "Lỗi [--demo]: tùy chọn này không nhận giá trị"),
        ("units list 05", "Lỗi [05]: lệnh không nhận thêm phần này"),
        ("unit list", "Lỗi [unit]: không có lệnh này\n    → có phải ý là units?"),
    ],
)
def test_a_command_written_wrongly_is_told_in_the_reader_s_language(
    plain_home: Path, told: Told, words: str, said: str
) -> None:
    assert said in told(*words.split())
    assert not plain_home.exists()
    assert "[--round]: this has to be given\n    → `sipas estimate" in told("estimate", SIPAS_LANGUAGE="en")


def test_a_command_that_does_not_speak_lists_what_it_can(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sipas", "units"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert "import" in said.out + said.err
    assert "Lỗi" not in said.err
