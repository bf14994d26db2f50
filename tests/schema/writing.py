"""Several people write a postmortem, through the API."""

from sqlalchemy import select

from actions.postmortems.due import sweep_postmortems
from actions.postmortems.exported import read_export
from auth.actor import SYSTEM, Actor
from auth.visibility import visible_to
from models.event import Event
from models.incident import Incident
from models.words import AccessRole, ActorKind
from models.writing import SectionSuggestion
from tests.schema.ways import PERSON


async def write_together(do, ask, database, ref: str, version: int) -> None:
    """Review, remark, suggest and decide; look at what it left, and export it."""
    about = {"incident": ref, "section": "impact"}
    asked = {"incident": ref, "reviewers": [PERSON], "expectedVersion": version}
    await do("requestPostmortemReview", "postmortem", **asked)
    await do("reviewPostmortem", "postmortem", incident=ref, decision="APPROVED")
    await do("commentOnPostmortem", "postmortem", **about, body="Who?", quote="Some")
    of = f'{{ incident(ref: "{ref}") {{ postmortem {{ comments {{ id }} sections {{ key version }} }} }} }}'
    found = (await ask("admin", of))["incident"]["postmortem"]
    (seen,) = (each["version"] for each in found["sections"] if each["key"] == "impact")
    await do("resolvePostmortemComment", "postmortem", incident=ref, comment=found["comments"][0]["id"])
    given = {"markdown": "Everybody.", "reason": "We know.", "expectedVersion": seen}
    await do("suggestPostmortemEdit", "postmortem", **about, **given)
    told = """suggestions { id state model proposed { text sources { id } } diff { change text } author { name } }
      wordings { state askedBy { name } integration { key } }
      reviewers { user { name } } comments { author { name } } reassembly { sections { diff { change text } } }
      sections { history { version author { name } diff { change text } } statements { messages(first: 2) { id }
        sources(first: 2) { id } } }"""
    asked = {"vendor": "language-model", "configuration": {"base_url": "http://127.0.0.1:9/v1", "model": "small"}}
    await do("saveIntegration", "integration", **asked)
    await do("proposePostmortemWording", "postmortem", incident=ref, sections=["summary"])
    await _propose(database, ref)
    of = f'{{ incident(ref: "{ref}") {{ postmortem {{ {told} }} }} }}'
    await ask("member", of)
    key = (await ask("admin", of))["incident"]["postmortem"]["suggestions"][0]["id"]
    await do("decidePostmortemSuggestion", "postmortem", incident=ref, suggestion=key, accept=True)
    await ask("admin", of)
    await sweep_postmortems(database)
    async with database.reading() as reader:
        await read_export(reader, Actor(ActorKind.USER, 1, "Ada", AccessRole.ADMIN), ref)


async def _propose(database, ref: str) -> None:
    """Let what was suggested last look as if a language model had proposed it."""
    async with database.unit_of_work() as session:
        mine = select(Event.id).join(Incident, Incident.id == Event.incident_id).where(visible_to(SYSTEM))
        event = await session.scalar(mine.where(Incident.id == int(ref.removeprefix("INC-"))).limit(1))
        (row,) = await session.scalars(select(SectionSuggestion).order_by(SectionSuggestion.id.desc()).limit(1))
        row.model_name = "small"
        row.statements = [{"text": "Everybody.", "source_ids": [event], "proposed": True}]
