"""A postmortem on an incident, with a remark and a suggestion, as if they had come there earlier."""

from actions.paging.escalating import escalate_now
from actions.paging.naming import page_somebody
from auth.acts import Act
from core import ids
from models.paging.run import PagingRun
from models.postmortem import Postmortem, PostmortemSection
from models.words import ActorKind, SuggestionState
from models.writing import PostmortemComment, SectionSuggestion

GONE_WITH_A_MERGE = {
    *(Act.CLAIM_TASK, Act.RELEASE_TASK, Act.COMPLETE_TASK, Act.DROP_TASK),
    *(Act.ACKNOWLEDGE_ALERT, Act.RESOLVE_ALERT, Act.LINK_ALERT),
    *(Act.SNOOZE_ALERT, Act.UNSNOOZE_ALERT, Act.MARK_NOISE, Act.UNMARK_NOISE),
}
"""What needs something that a merged incident has no longer: there is nothing to try it on."""


async def hang_postmortem(session, incident, status, moment, user_id):
    """The ids of the remark and of the suggestion; of none that is there if there is to be no postmortem."""
    if status is None:
        return dict.fromkeys(["comment", "suggestion"], ids.encode("Odd", 1))
    written = Postmortem(status=status, created_at=moment, incident_id=incident.id)
    session.add(written)
    await session.flush()
    section = {"key": "summary", "title": "Summary", "position": 0, "generated": "Slow."}
    session.add(PostmortemSection(postmortem_id=written.id, **section))
    own = {"postmortem_id": written.id, "section": "summary", "created_at": moment}
    own |= {"author_kind": ActorKind.USER, "author_id": user_id}
    comment = PostmortemComment(body="Why?", **own)
    suggestion = SectionSuggestion(base_version=1, base="Slow.", markdown="Slower.", state=SuggestionState.OPEN, **own)
    session.add_all([comment, suggestion])
    await session.flush()
    return {
        "comment": ids.encode("PostmortemComment", comment.id),
        "suggestion": ids.encode("SectionSuggestion", suggestion.id),
    }


def a_run(moment, **own):
    """What pages for an incident, and has nobody to page."""
    plan = {"steps": [], "repeat": 0, "last_resort": [], "urgency": "HIGH", "through_quiet": True}
    return PagingRun(state="RUNNING", plan=plan, next_escalation_at=moment, created_at=moment, **own)


def paging_ways(ref, person):
    """How paging is done by hand."""
    return {
        Act.PAGE_SOMEBODY: (page_somebody, {**ref, "users": [person]}),
        Act.ESCALATE_NOW: (escalate_now, ref),
    }
