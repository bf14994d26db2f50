"""The organisation's colours as a style sheet: the policy of our pages takes styles from files of ours alone."""

from starlette.responses import Response

from console.desk import Desk
from resolvers import branding


async def sheet(desk: Desk) -> Response:
    """The colours in the previews of both themes; the page that shows them names a version, so that it is fresh."""
    found = await branding.organisation(desk.ctx)
    chosen = {"light": found.accent_light, "dark": found.accent_dark} if found is not None else {}
    rules = [f".preview[data-theme={theme}]{{--accent:{colour}}}" for theme, colour in chosen.items() if colour]
    return Response("\n".join(rules), headers={"Cache-Control": "no-store"}, media_type="text/css")
