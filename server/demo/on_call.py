"""Who is on call in the demo: a schedule for each team, and whom Muster pages after whom."""

from datetime import timedelta

from sqlalchemy import select

from actions.catalogue.services import save_service
from actions.paging.given import Then, Whom
from actions.paging.policies import save_escalation_policy
from actions.schedules.covering import add_override
from actions.schedules.saving import save_schedule
from core import ids
from models.person import Team
from models.schedule.words import RotationKind
from models.service import Service
from server.demo.story import Story

ZONE = "Europe/Berlin"
TURNS = {"payments": ("Payments", ("teo", "maja")), "storefront": ("Storefront", ("ravi", "sofia"))}


async def take_turns(story: Story) -> None:
    """A schedule of weeks for each team, and one that follows the sun; from the founding on."""
    began = story.clock.moment.date()
    weekly = {"kind": RotationKind.WEEKLY, "start": began, "hand_over": "09:00", "weekday": 1}
    for team, (name, people) in TURNS.items():
        layer = {**weekly, "name": "Weeks", "participants": [story.id_of(person) for person in people]}
        await story.do(save_schedule, None, name=name, team=team, zone=ZONE, layers=[layer], country="DE")
    office = {"start": "09:00", "end": "18:00", "days": [1, 2, 3, 4, 5]}
    layers = [
        {**weekly, "name": "Office hours", "participants": [story.id_of("ines")], "windows": [office]},
        {**weekly, "name": "Nights and weekends", "participants": [story.id_of("kenji"), story.id_of("lena")]},
    ]
    await story.do(save_schedule, None, name="Platform", team="platform", zone=ZONE, layers=layers, country="DE")


async def page_in_turn(story: Story) -> None:
    """Policies, told last: nobody is to be paged about a story. And somebody who takes over a night soon."""
    story.at(minutes=1)
    last = (Whom(person=story.id_of("ines")),)
    for team, (name, _) in {**TURNS, "platform": ("Platform", ())}.items():
        steps = [Then(5, (Whom(schedule=name),)), Then(10, (Whom(team=team),))]
        await story.do(
            save_escalation_policy,
            None,
            name=name,
            team=team,
            steps=steps,
            repeat=1,
            last_resort=last,
            fallback=team == "platform",
        )
    async with story.database.unit_of_work() as session:
        owned = (await session.execute(select(Service.id, Team.name).join(Team, Team.id == Service.owner_id))).all()
    for service, name in owned:
        await story.do(save_service, None, id=ids.encode("Service", service), escalation_policy=name)
    tomorrow = (story.end + timedelta(days=1)).replace(hour=18, minute=0, second=0, microsecond=0)
    await story.do(
        add_override,
        "ines",
        schedule="Payments",
        user=ids.encode("User", story.people["ravi"].id),
        starts_at=tomorrow,
        ends_at=tomorrow + timedelta(hours=14),
        reason="Concert",
    )
