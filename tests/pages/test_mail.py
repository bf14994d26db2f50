"""Mails as people see them: their HTML is checked like a page (tests.pages.inspection)."""

import pytest

from actions.updates import publish_update
from models.words import Audience, IncidentKind
from tests.effort import effort
from tests.jobs.test_mail import HOSTILE, declaring, every_mail, reference, sent, shown
from tests.pages.stories import MARKDOWN, UNBROKEN

pytestmark = pytest.mark.slow


async def test_every_kind_of_mail_is_good_for_every_reader(world, tmp_path, inspect):
    kinds = {str(mail["Subject"]): shown(mail) for _, mail in await every_mail(world, tmp_path)}
    assert len(kinds) > 5
    for subject, html in kinds.items():
        await inspect.mail(html, f"mail {subject}")


@pytest.mark.parametrize("title", effort([HOSTILE], [UNBROKEN, HOSTILE]))
async def test_a_mail_with_words_of_every_kind_is_too(world, tmp_path, inspect, title):
    async def say():
        incident = await reference(world)
        body = f"{MARKDOWN}\n\n{title}"
        await world.do(publish_update, world.ada, incident=incident, audience=Audience.INTERNAL, body=body)

    for _, mail in await sent(world, tmp_path, declaring(world, title=title, kind=IncidentKind.DRILL), say):
        await inspect.mail(shown(mail), f"mail {title[:9]} {mail['To']}")
