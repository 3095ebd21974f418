"""Units, services and volumes on the command line."""

import typer

units = typer.Typer(no_args_is_help=True)
services = typer.Typer(no_args_is_help=True)
volumes = typer.Typer(no_args_is_help=True)
