"""Logs: one line an event on standard error, as text for people or as JSON for machines.

A line that belongs to a request says so by its id, also in the jobs that the request caused (core.correlation).
"""

import json
import logging
import sys
from datetime import UTC, datetime

from core.correlation import current
from core.redaction import RedactingFormatter


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message; as far as there are: request, job, and the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        origin = current()
        if origin is not None:
            line["request_id"] = origin.request_id
            if origin.job:
                line["job"] = origin.job
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


class TextFormatter(logging.Formatter):
    """A line for people; at its end, in brackets, the job and the request that it belongs to."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        """The line without a traceback."""
        line, origin = super().formatMessage(record), current()
        return line if origin is None else f"{line} [{' '.join(filter(None, (origin.job, origin.request_id)))}]"


def configure_logging(style: str = "text", *, process: str = "muster") -> None:
    """Send everything to standard error; `style` is "text" or "json", `process` names the writer in text lines."""
    handler = logging.StreamHandler(sys.stderr)
    text = TextFormatter(f"%(asctime)s {process:<6} %(levelname)-7s %(message)s", "%H:%M:%S")
    handler.setFormatter(RedactingFormatter(JsonFormatter() if style == "json" else text))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "alembic", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # else a line for each page, and for each missing glyph
