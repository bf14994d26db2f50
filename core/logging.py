"""Logs: one line an event on standard error, as text for people or as JSON for machines."""

import json
import logging
import sys
from datetime import UTC, datetime

from core.redaction import RedactingFormatter


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure_logging(style: str = "text", *, process: str = "muster") -> None:
    """Send everything to standard error; `style` is "text" or "json", `process` names the writer in text lines."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter(f"%(asctime)s {process:<6} %(levelname)-7s %(message)s", "%H:%M:%S")
    handler.setFormatter(RedactingFormatter(JsonFormatter() if style == "json" else text))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "alembic", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # else a line for each page, and for each missing glyph
