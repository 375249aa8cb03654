"""How this program logs: text on a terminal, JSON lines elsewhere, to stderr; stdout is for answers."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from .settings import Settings


def set_up(settings: Settings, role: str) -> None:
    """Log what is at least as bad as `settings.log`, marked with the role of this process."""
    level = logging.getLevelName(settings.log.upper())
    text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    draw: Any = structlog.dev.ConsoleRenderer() if text else structlog.processors.JSONRenderer()
    structlog.contextvars.bind_contextvars(role=role)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if text else [structlog.processors.format_exc_info]),
            draw,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
