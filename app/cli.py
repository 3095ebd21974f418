"""`sipas`: the command line, thin over the same services as the web."""

import sys

import typer

from app.accounts.commands import cli as accounts
from app.collection.commands import cli as responses
from app.core.commands import cli as database
from app.core.commands import fail
from app.core.errors import SurveyError
from app.forms.commands import cli as forms
from app.kiosks.commands import cli as kiosks
from app.receipts.commands import cli as receipts
from app.rounds.commands import cli as rounds
from app.units.commands import services, units, volumes

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Khảo sát sự hài lòng / citizen satisfaction surveys.",
)
cli.add_typer(accounts, name="accounts", help="Tài khoản / staff accounts and API keys.")
cli.add_typer(units, name="units", help="Cơ quan, đơn vị / units.")
cli.add_typer(services, name="services", help="Thủ tục hành chính / services.")
cli.add_typer(volumes, name="volumes", help="Số hồ sơ đã giải quyết / dossier volumes.")
cli.add_typer(forms, name="forms", help="Phiếu khảo sát / forms.")
cli.add_typer(rounds, name="rounds", help="Đợt khảo sát / survey rounds.")
cli.add_typer(kiosks, name="kiosks", help="Thiết bị kiosk / kiosks.")
cli.add_typer(receipts, name="receipts", help="Mã trên giấy hẹn / receipt codes.")
cli.add_typer(responses, name="responses", help="Phiếu trả lời / responses.")
cli.add_typer(database, name="database", help="Cơ sở dữ liệu / database.")


def main() -> None:
    """Run a command; a problem is told in words and exits with 2."""
    try:
        cli()
    except SurveyError as error:
        fail(error)
    except KeyboardInterrupt:
        sys.exit(130)
