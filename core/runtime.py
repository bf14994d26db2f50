"""What a running process holds: handed to every doorway, made once by `server`."""

from dataclasses import dataclass

from core.db import Database
from core.live import Live
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """Settings, the database, and the live feed. Doorways find it as `request.app.state.runtime`."""

    settings: Settings
    database: Database
    live: Live
