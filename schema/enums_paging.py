"""The enumerations of paging, each value with its meaning."""

from models.paging import words
from schema.enums import publish

publish(
    words.TargetKind,
    "Whom a step of an escalation policy pages.",
    PERSON="A person.",
    SCHEDULE="Whoever is on call by a schedule.",
    TEAM_MANAGER="The manager of a team.",
)
publish(
    words.PageWay,
    "By what a page goes to a person.",
    MAIL="E-mail.",
    SMS="A text message, through Twilio.",
    PUSH="A push message to a phone, through ntfy.",
    APPRISE="Telegram and others, through Apprise.",
    SLACK="A direct message in Slack.",
)
publish(
    words.PagingState,
    "Where paging stands.",
    WAITING="It begins once business hours do.",
    RUNNING="People are paged, step by step.",
    ACKNOWLEDGED="Somebody has it.",
    UNANSWERED="All steps were taken in vain, and the last resort was paged, which may answer still.",
    STOPPED="It was over before anybody answered.",
)
publish(
    words.PageState,
    "Where a page stands.",
    ASKED="It is to be sent.",
    SENT="Whoever carries it took it.",
    DELIVERED="It arrived, as whoever carries it says.",
    ACKNOWLEDGED="Its person answered.",
    FAILED="No way to the person was open.",
    STOPPED="Somebody else answered, or it was over.",
)
publish(
    words.AlertVerdict,
    "What somebody who was asked says of alerts.",
    INCIDENT="They are one: it is opened.",
    NOISE="They are none: they are kept as SUPPRESSED, with the reason.",
)
publish(
    words.TakenBy,
    "By what somebody answered a page.",
    LINK="By the link in the message.",
    HERE="In Muster: acknowledging the incident or the page, or taking command.",
    PAGER="At a pager, such as PagerDuty.",
    REPLY="By a reply to the message.",
)
