"""Writes expected.txt: texts in the order of ICU's `vi` collation, as DuckDB's bundled ICU gives it.

Run from the root of the project: python tests/golden/collation/make.py
"""

import csv
import re
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
REFERENCE = HERE.parents[2] / "app" / "units" / "reference"
LETTERS = tuple("aăâbcdđeêghiklmnoôơpqrstuưvxy")
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
VOWELS = tuple("aăâeêioôơuưy")
WORDS = """Ba Vì|Bà Vì|Ba Vị|bà vì|Bả Vì|Việt Yên|Viêt Yên|Vièt Yên|Viet Yen|Đông Anh|Dông Anh|Đống Đa|Đông Đa
Hòa Bình|Hoà Bình|Hoa Bình|hoa bình|Quận 1|Quận 10|Quận 2|An|An Hải|Ân|Ăn|Ấn|Ạn|Ân Hải|Án|Ánh|Anh
Yên Thế|Y|Ý|Ỷ|Lý Sơn|Ly Sơn|Lỷ Sơn|nghỉ|nghĩ|nghi|nghị|nghì|Nghi"""


def texts() -> list[str]:
    """Every letter and tone, awkward words, and every unit now in force."""
    with (REFERENCE / "units.csv").open(encoding="utf-8", newline="") as file:
        units = [row["name"] for row in csv.DictReader(file)]
    toned = [vowel + tone for vowel in VOWELS for tone in TONES]
    return sorted({*LETTERS, *(f"t{one}n" for one in toned), *re.split("[|\n]", WORDS), *units})


def main() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE word (text VARCHAR)")
    connection.executemany("INSERT INTO word VALUES (nfc_normalize(?))", [[text] for text in texts()])
    rows = connection.execute("SELECT DISTINCT text FROM word ORDER BY text COLLATE vi").fetchall()
    (HERE / "expected.txt").write_text("".join(f"{row[0]}\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
