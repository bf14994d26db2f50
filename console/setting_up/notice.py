"""The reminder of the set-up, for admins, until it is finished or dismissed."""

from typing import NamedTuple

from actions.setting_up import STEPS
from auth.permission import Permission, may
from console.desk import Desk
from console.setting_up.steps import Step, step_of
from resolvers.setting_up import progress


class Notice(NamedTuple):
    """What `setup/notice.html` says."""

    left: int
    total: int
    next: Step


async def read_notice(desk: Desk) -> Notice | None:
    """The reminder that a page shows with `{% include "setup/notice.html" %}`, given as `setup`; None: nothing to say.

    One statement for admins, none for anybody else.
    """
    if not may(desk.actor, Permission.ADMINISTER):
        return None
    state = await progress(desk.ctx)
    if state.dismissed or not state.left:
        return None
    return Notice(len(state.left), len(STEPS), step_of(state.left[0]))
