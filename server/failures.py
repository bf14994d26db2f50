"""What went wrong, as one clear line. Loaded when something did."""

from sqlalchemy.exc import SQLAlchemyError

from core.errors import DomainError
from server.startup import StartError


def in_one_line(error: Exception) -> str | None:
    """What to tell of an error; None if it is a defect, whose traceback is wanted."""
    match error:
        case StartError():
            return str(error)
        case DomainError():
            return f"{error.message} {error.hint or ''}".strip()
        case SQLAlchemyError():
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            hint = " (run `muster migrate`)" if "does not exist" in reason else ""
            return f"the database refused: {reason}{hint}"
        case _:
            return None
