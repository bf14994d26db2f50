"""What is written behind `/muster`, read: no network, no database, only words.

Slack sends people as `<@U12|name>` (should_escape in the manifest), everything else as it was written.
"""

import re
from collections.abc import Callable
from typing import Any

from actions.chat.wishes import Verb, Wish
from core.errors import DomainError, invalid
from integrations.slack_deliveries import Call
from integrations.slack_text import PERSON, plain
from models import lifecycle
from models.lifecycle import TRANSITIONS
from models.words import Audience, EntryKind, PublicStatus, Stage

REFERENCE = re.compile(r"INC-[0-9]{1,19}", re.IGNORECASE)
FLAG = re.compile(r"(?:--|—|–)([a-z]+)(?:=(\S+))?")  # noqa: RUF001 (Slack makes one dash of two)
NUMBER = re.compile(r"#?([0-9]{1,6})")
QUESTION = re.compile(r"#([0-9]{1,18})(?:/([0-9]{1,3}))?")
"""A question of a workflow, and which of its choices: what the buttons below it say."""

USAGE = {
    Verb.DECLARE: "declare SEV1 Checkout is down [--service checkout-api] [--private] [--drill] · alone: a form",
    Verb.ACKNOWLEDGE: "acknowledge",
    Verb.UPDATE: "update [internal | public investigating|identified|monitoring|resolved] words · alone: a form",
    Verb.ROLE: "role commander [@somebody | me | nobody]",
    Verb.SEVERITY: "severity SEV2 [reason]",
    Verb.STAGE: "stage mitigation [note]",
    Verb.RESOLVE: "resolve [note]",
    Verb.TASK: "task Look at the logs · task claim 2 · task done 2 · task release 2 · task drop 2 · task list",
    Verb.NOTE: "note words · note decision: words",
    Verb.STATUS: "status",
    Verb.PAGE: "page @somebody [why] · page checkout-api [why]",
    Verb.ANSWER: "answer [#number of the question] words",
    Verb.ONCALL: "oncall [service]",
    Verb.HELP: "help",
}
"""How each is written."""

CALLED = {
    "ack": Verb.ACKNOWLEDGE,
    "on-call": Verb.ONCALL,
    "sev": Verb.SEVERITY,
    "tasks": Verb.TASK,
    "": Verb.HELP,
}
ROLES = {"ic": "commander", "tech": "technical_lead", "comms": "communications_lead"}
STAGES = {"MITIGATED": Stage.MITIGATION, "RESOLVED": Stage.RESOLUTION, "RESPONDING": Stage.RESPONSE}
CHANGED_TO = {target for verbs in TRANSITIONS.values() for target in verbs.get(lifecycle.Verb.CHANGE_STAGE, ())}
"""The stages that `stage` takes to; the others need a reason, or more."""
TASKS = ("claim", "release", "done", "drop")
NOBODY = ("nobody", "none", "-")


def parse(words: str) -> Wish:
    """The wish in what was written. INVALID_INPUT says how it is written."""
    first, rest = _word(words)
    reference = None
    if REFERENCE.fullmatch(first):  # `INC-7 status` is understood, too
        reference, (first, rest) = first.upper(), _word(rest)
    verb = _verb(first)
    second, after = _word(rest)
    if reference is None and REFERENCE.fullmatch(second):
        reference, rest = second.upper(), after
    read = READ.get(verb)
    return Wish(verb, reference, read(rest) if read is not None else {})


def opens_form(call: Call) -> bool:
    """Whether a form is to be filled in: nothing stands behind the verb."""
    if call.form is not None or not call.trigger:
        return False
    try:
        wish = parse(call.words)
    except DomainError:
        return False
    return wish.verb in (Verb.DECLARE, Verb.UPDATE) and not wish.given


def help_text(command: str = "/muster") -> str:
    """How everything is written, for Slack."""
    lines = [f"• `{command} {usage}`" for usage in USAGE.values()]
    return "\n".join(
        ["In the channel of an incident it is meant; elsewhere its reference comes first: `status INC-7`.", *lines]
    )


def _verb(word: str) -> Verb:
    called = word.lower()
    if called in CALLED:
        return CALLED[called]
    try:
        return Verb(called)
    except ValueError:
        verbs = ", ".join(Verb)
        raise invalid("text", f"{plain(word)[:80]!r} is nothing that can be asked for.", f"Try: {verbs}.") from None


def _word(text: str) -> tuple[str, str]:
    """The first word, and what follows it."""
    parts = text.strip().split(maxsplit=1)
    return (parts[0] if parts else "", parts[1] if len(parts) > 1 else "")


def _needs(text: str, verb: Verb) -> str:
    """The text without markup; INVALID_INPUT for none."""
    said = plain(text).strip()
    if not said:
        raise _usage(verb)
    return said


def _usage(verb: Verb, wrong: str = "Something is missing.") -> DomainError:
    return invalid("text", wrong, f"Write: {verb} … as in “{USAGE[verb]}”.")


def _declare(text: str) -> dict[str, Any]:
    words, given, services = text.split(), {"private": False, "drill": False}, []
    left: list[str] = []
    while words:
        word = words.pop(0)
        flag = FLAG.fullmatch(word.lower())
        if flag is None:
            left.append(word)
        elif flag[1] in given:
            given[flag[1]] = True
        elif flag[1] == "service" and (flag[2] or words):
            services.append(plain(flag[2] or words.pop(0)))
        else:
            raise _usage(Verb.DECLARE, f"{plain(word)[:80]!r} is not understood.")
    if not left and not text.strip():
        return {}
    if not left:
        raise _usage(Verb.DECLARE)
    return {"severity": plain(left[0]), "title": plain(" ".join(left[1:])) or None, "services": services, **given}


def _update(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    first, rest = _word(text)
    audience, status = Audience.INTERNAL, None
    if first.upper() in Audience.__members__:
        audience, text = Audience(first.upper()), rest
        first, rest = _word(text)
    if audience is Audience.PUBLIC and first.upper() in PublicStatus.__members__:
        status, text = PublicStatus(first.upper()), rest
    body = _needs(text, Verb.UPDATE)
    if audience is Audience.PUBLIC and status is None:
        statuses = ", ".join(each.lower() for each in PublicStatus)
        raise _usage(Verb.UPDATE, f"What customers read says how things stand: {statuses}.")
    return {"audience": audience, "status": status, "body": body}


def _role(text: str) -> dict[str, Any]:
    words = text.split()
    if not words:
        raise _usage(Verb.ROLE)
    person, user = PERSON.fullmatch(words[-1]), "me"
    if person is not None:
        user = person[1]
    elif words[-1].startswith("@"):
        raise _usage(Verb.ROLE, "Choose the person from the list that Slack shows behind @.")
    if person is not None or words[-1].lower() in ("me", *NOBODY):
        user = "" if words[-1].lower() in NOBODY else user
        words = words[:-1]
    name = plain("_".join(words)).lower()
    if not name:
        raise _usage(Verb.ROLE)
    return {"role": ROLES.get(name, name), "user": user}


def _severity(text: str) -> dict[str, Any]:
    name, reason = _word(text)
    return {"severity": _needs(name, Verb.SEVERITY), "reason": plain(reason).strip() or None}


def _stage(text: str) -> dict[str, Any]:
    name, note = _word(text)
    wanted = name.upper()
    stage = STAGES.get(wanted) or (Stage(wanted) if wanted in Stage.__members__ else None)
    if not name:
        raise _usage(Verb.STAGE)
    if stage is None:
        known = ", ".join(each.lower() for each in Stage if each in CHANGED_TO)
        raise _usage(Verb.STAGE, f"There is no stage {plain(name)[:80]!r}. There are: {known}.")
    return {"stage": stage, "note": plain(note).strip() or None}


def _resolve(text: str) -> dict[str, Any]:
    return {"note": plain(text).strip() or None}


def _task(text: str) -> dict[str, Any]:
    first, rest = _word(text)
    number = NUMBER.fullmatch(rest.strip())
    if first.lower() in TASKS and number is not None:
        return {"do": first.lower(), "number": int(number[1])}
    if first.lower() in ("", "list") and not rest:
        return {"do": "list"}
    return {"do": "add", "title": _needs(rest if first.lower() == "add" else text, Verb.TASK)}


def _note(text: str) -> dict[str, Any]:
    first, rest = _word(text)
    kind = first.removesuffix(":").upper()
    if first.endswith(":") and kind in EntryKind.__members__:
        return {"kind": EntryKind(kind), "text": _needs(rest, Verb.NOTE)}
    return {"kind": EntryKind.NOTE, "text": _needs(text, Verb.NOTE)}


def _page(text: str) -> dict[str, Any]:
    whom, reason = _word(text)
    person = PERSON.fullmatch(whom)
    if not whom:
        raise _usage(Verb.PAGE, "Whom is to be paged?")
    if person is None and whom.startswith("@"):
        raise _usage(Verb.PAGE, "Choose the person from the list that Slack shows behind @.")
    user = person[1] if person is not None else "me" if whom.lower() == "me" else None
    return {"user": user, "service": None if user else plain(whom), "reason": plain(reason).strip() or None}


def _answer(text: str) -> dict[str, Any]:
    first, rest = _word(text)
    question = QUESTION.fullmatch(first)
    number = int(question[1]) if question is not None else None
    if question is not None and question[2] is not None:
        return {"question": number, "choice": int(question[2]), "answer": ""}
    said = _needs(rest if question is not None else text, Verb.ANSWER)
    return {"question": number, "choice": None, "answer": said}


def _oncall(text: str) -> dict[str, Any]:
    return {"service": plain(text).strip() or None}


READ: dict[Verb, Callable[[str], dict[str, Any]]] = {
    Verb.DECLARE: _declare,
    Verb.UPDATE: _update,
    Verb.ROLE: _role,
    Verb.SEVERITY: _severity,
    Verb.STAGE: _stage,
    Verb.RESOLVE: _resolve,
    Verb.TASK: _task,
    Verb.NOTE: _note,
    Verb.PAGE: _page,
    Verb.ANSWER: _answer,
    Verb.ONCALL: _oncall,
}
"""How what follows each verb is read; the others take nothing."""
