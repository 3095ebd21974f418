"""rounds on the command line."""

import typer

cli = typer.Typer(no_args_is_help=True)
