"""Writes expected.txt: hard names in the order of ICU's `vi` collation, as DuckDB's build of ICU gives it."""

from pathlib import Path

import duckdb

HERE = Path(__file__).parent


def main() -> None:
    names = (HERE / "names.txt").read_text(encoding="utf-8").split("\n")
    connection = duckdb.connect()
    connection.execute("CREATE TABLE names (name VARCHAR)")
    connection.executemany("INSERT INTO names VALUES (?)", [[name] for name in names if name])
    rows = connection.execute("SELECT name FROM names ORDER BY name COLLATE vi").fetchall()
    (HERE / "expected.txt").write_text("\n".join(row[0] for row in rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
