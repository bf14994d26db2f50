"""What a running process holds: handed to every doorway, made once by `server`."""

import asyncio
from dataclasses import dataclass, field

from core.db import Database
from core.live import Live
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """Settings, the database, and the live feed. Doorways find it as `request.app.state.runtime`."""

    settings: Settings
    database: Database
    live: Live
    closing: asyncio.Event = field(default_factory=asyncio.Event, compare=False)
    """Set when this process is to end: whoever keeps a response open ends it, so that the client goes on elsewhere."""
