"""Structured logs: an event and ids, one JSON object a line. No answers, no addresses, no tokens."""

import logging
import sys
from typing import Any

import structlog


def configure_logs(level: str) -> None:
    """Send our events to standard error as JSON; silence the access log, which would hold token paths."""
    logging.basicConfig(level=level, format="%(message)s", force=True)
    logging.getLogger("uvicorn.access").disabled = True
    for chatty in ("alembic", "httpx"):  # httpx would log whole addresses, tokens included
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=_standard_error,
    )


def _standard_error(*_: object) -> structlog.PrintLogger:
    """What is standard error now: a stream that was so at the start may be closed by then."""
    return structlog.PrintLogger(sys.stderr)


def get_logger(name: str) -> Any:
    """A logger whose events carry the room they come from."""
    return structlog.get_logger(room=name)
