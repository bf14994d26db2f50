"""Logos as browsers upload them: a small file in a form (multipart/form-data)."""

import base64
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response

from actions.branding.logos import save_logo
from actions.branding.pictures import MOST_BYTES
from console.desk import Desk
from console.fields import REFUSED, SECONDS, Fields, read_fields
from console.posting import Handle, do, posted
from core.body import BodyError, read_bytes
from core.errors import DomainError, ErrorCode, invalid
from models.logo import LogoTheme, PageLogo, StatusPageLogo
from resolvers.context import Context

LOGO, IMAGE = "logo", "image"
UPLOAD = "multipart/form-data"
LARGEST = 8 * MOST_BYTES
"""Bytes of such a form: more than a logo may have, so that one that is too large is refused in words."""
MOST = 20
"""Fields of such a form."""


class Shown(NamedTuple):
    """A logo as a page of ours shows it: in itself, since public pages may stand on another host."""

    theme: LogoTheme
    source: str
    width: int
    height: int


async def pictures(
    ctx: Context, model: type[PageLogo | StatusPageLogo], *of: ColumnElement[bool]
) -> dict[LogoTheme, Shown]:
    """The logos that there are, by the paper that they are for."""
    rows = await ctx.reader.rows(model, select(model).where(*of))
    return {
        row.theme: Shown(
            row.theme,
            f"data:{row.media_type};base64,{base64.b64encode(row.content).decode()}",
            row.width,
            row.height,
        )
        for row in rows
    }


async def read_upload(request: Request) -> Fields:
    """The fields of a form with a file, which is given as base64. INVALID_INPUT as `read_fields` says."""
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != UPLOAD:
        return await read_fields(request)
    try:
        body = await read_bytes(request, limit=LARGEST, seconds=SECONDS)
    except BodyError as error:
        hint = f"A logo has at most {MOST_BYTES} bytes."
        raise DomainError(ErrorCode.INVALID_INPUT, REFUSED[error.fault], hint=hint) from error
    return await parted(request, body)


async def parted(request: Request, body: bytes) -> Fields:
    """The parts of a body (RFC 7578). INVALID_INPUT for one that is cut or is no text where text should be."""

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    pairs: list[tuple[str, str]] = []
    try:
        parser = MultiPartParser(request.headers, whole(), max_files=1, max_fields=MOST, max_part_size=LARGEST)
        form = await parser.parse()
        for name, part in form.multi_items():
            text = part if isinstance(part, str) else base64.b64encode(await part.read()).decode()
            pairs.append((name, text))
        await form.close()
    except (MultiPartException, UnicodeDecodeError) as error:
        raise DomainError(ErrorCode.INVALID_INPUT, "The form can't be read.", hint="Choose the file again.") from error
    if any("\x00" in text for pair in pairs for text in pair):
        raise DomainError(ErrorCode.INVALID_INPUT, "The form holds a NUL character.", hint="Remove it.")
    return Fields(pairs)


def posted_picture(handle: Handle) -> Callable[[Request], Awaitable[Response]]:
    """What answers a form with a file, as `posted` does."""
    return posted(handle, read=read_upload)


async def save_picture(desk: Desk, fields: Fields, *, page: str | None = None) -> None:
    """Keep the picture that was chosen, or with `remove` take it away. INVALID_INPUT says what is wrong with it."""
    try:
        theme = LogoTheme(fields.text("theme"))
    except ValueError:
        raise invalid("theme", "Say for which paper the logo is.", "Choose light or dark.") from None
    image = None if fields.flag("remove") else fields.optional(IMAGE)
    if image is None and not fields.flag("remove"):
        raise invalid(IMAGE, "No file was chosen.", f"Choose a PNG or SVG of at most {MOST_BYTES} bytes.")
    await do(desk, fields, "saveLogo", save_logo, image=image, theme=theme, page=page)
