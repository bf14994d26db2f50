"""The templates of the console, compiled ahead: the first person who opens a page is not to wait for that.

Compiling all of them takes a second of processor time, loading what an earlier start compiled a twentieth of it.
"""

import logging
import threading
from pathlib import Path

from jinja2 import FileSystemBytecodeCache

from console.pages import pages

FOLDER = "templates"

log = logging.getLogger(__name__)


def compile_ahead(data_dir: Path) -> threading.Thread:
    """Load every template in a thread of its own, while the server serves already.

    What was compiled is kept in the data folder, by the template's source, so that the next start finds it; where it
    can't be kept it is compiled at every start.
    """
    thread = threading.Thread(target=_load_all, args=(data_dir / FOLDER,), name="templates", daemon=True)
    thread.start()
    return thread


def _load_all(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        pages.bytecode_cache = FileSystemBytecodeCache(str(folder))
        _load()
    except OSError as error:
        log.warning("can't keep compiled templates in %s (%s)", folder, error.strerror)
        pages.bytecode_cache = None
        _load()


def _load() -> None:
    for name in pages.list_templates():
        pages.get_template(name)
