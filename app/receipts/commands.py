"""`sipas receipts`: codes for dossiers, as links or as a sheet of labels to print."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from app.accounts.actors import COMMAND_LINE
from app.accounts.service import record_audit
from app.core.commands import command_session, out
from app.core.files import check_writable, write_whole
from app.receipts.issuing import IssuedReceipt, ReceiptOrder, issue_receipts
from app.units.service import get_unit

cli = typer.Typer(no_args_is_help=True)
RoundCode = Annotated[str, typer.Option("--round", help="Mã đợt khảo sát / round code.")]
UnitCode = Annotated[str, typer.Option("--unit", help="Mã đơn vị / unit code.")]
ServiceCode = Annotated[str, typer.Option("--service", help="Mã TTHC; bỏ trống = không phân biệt / service.")]
Submission = Annotated[str, typer.Option(help="counter, online, post, unknown.")]
Stage = Annotated[str, typer.Option(help="received (tiếp nhận) / returned (trả kết quả).")]
Expires = Annotated[
    datetime | None,
    typer.Option("--expires-on", formats=["%Y-%m-%d"], help="Ngày hết hạn / last day, YYYY-MM-DD."),
]
Count = Annotated[int, typer.Option(min=1, max=600, help="Số mã / how many.")]


@cli.command("issue")
def issue(  # noqa: PLR0913, one parameter an option
    round_code: RoundCode,
    unit: UnitCode,
    service: ServiceCode = "",
    submission: Submission = "counter",
    stage: Stage = "returned",
    expires_on: Expires = None,
    count: Count = 1,
) -> None:
    """In đường dẫn, mỗi mã dùng một lần / print links, each good for one answer."""
    order = ReceiptOrder(unit, service, submission, stage, expires_on.date() if expires_on else None)
    with command_session() as session:
        issued = _issued(session, round_code, order, count)
    for receipt in issued:
        out.print(f"{receipt.url}  {receipt.short_code}", markup=False)


@cli.command("sheet")
def sheet(  # noqa: PLR0913, one parameter an option
    round_code: RoundCode,
    unit: UnitCode,
    output: Annotated[Path, typer.Option("--out", help="Tệp PDF / PDF file.")],
    service: ServiceCode = "",
    submission: Submission = "counter",
    stage: Stage = "returned",
    expires_on: Expires = None,
    count: Count = 12,
) -> None:
    """Tờ nhãn A4 để in, 12 nhãn một tờ / an A4 sheet of labels, twelve a page."""
    from app.receipts.sheets import label_sheet

    order = ReceiptOrder(unit, service, submission, stage, expires_on.date() if expires_on else None)
    check_writable(output)
    with command_session() as session:  # a sheet that cannot be written leaves no code counted
        write_whole(output, label_sheet(_issued(session, round_code, order, count)))
    out.print(f"{output}: {count}", markup=False)


@cli.command("poster")
def poster_file(
    unit: UnitCode,
    output: Annotated[Path, typer.Option("--out", help="Tệp PDF / PDF file.")],
    counter: Annotated[str, typer.Option(help="Tên quầy, nếu mỗi quầy một áp phích / counter's label.")] = "",
) -> None:
    """Áp phích A5 có mã QR, ai cũng trả lời được / an A5 poster that anybody may answer."""
    from app.receipts.posters import poster

    check_writable(output)
    with command_session() as session:
        found = get_unit(session, unit)
        record_audit(session, COMMAND_LINE, "receipts.poster", unit)
        write_whole(output, poster(found.unit_code, found.name, counter=counter))
    out.print(f"{output}: {found.name}", markup=False)


def _issued(session: Session, round_code: str, order: ReceiptOrder, count: int) -> list[IssuedReceipt]:
    issued = issue_receipts(session, round_code, [order] * count)
    record_audit(session, COMMAND_LINE, "receipts.issue", round_code, count=count)
    return issued
