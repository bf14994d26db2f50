"""A Slack workspace of our own: it keeps channels, people, messages and pins, and refuses what Slack refuses."""

import json
import re
from contextlib import asynccontextmanager
from itertools import count

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.slack_scopes import INBOUND, SCOPES
from tests.journeys.product import serving
from tests.outward.slack_contract import faults

TOKEN = "xoxb-1111-2222-good"
BOT, BOT_ID, TEAM = "U0MUSTER", "B0MUSTER", "T0QUILL"
PAGE = 2
"""Things of a page, however many were asked for: Slack may give fewer."""
BLOCKS = {"header": 150, "section": 3000, "context": 3000}
NEEDS = {
    "auth.test": "",
    "users.conversations": "channels:read",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "bookmarks.list": "bookmarks:read",
    "bookmarks.add": "bookmarks:write",
    "bookmarks.edit": "bookmarks:write",
    "pins.add": "pins:write",
    "pins.list": "pins:read",
    "users.lookupByEmail": "users:read.email",
    "users.info": "users:read",
    "views.open": "",
    "views.update": "",
    "chat.postEphemeral": "chat:write",
}

ACTS = {
    "conversations.history": "history",
    "conversations.members": "read",
    "conversations.info": "read",
    "conversations.replies": "history",
}
"""What the scopes of some methods end with."""


class RefusalError(Exception):
    def __init__(self, code, **more):
        super().__init__(code)
        self.body = {"ok": False, "error": code, **more}


class SlackWorkspace:
    """`plan[method]` is a list of what goes wrong with its next requests: "429", "500", "lost", or Slack's word.

    "late": its answer is lost, and it is done only as the next request of that kind comes.
    """

    def __init__(self):
        self.channels, self.people = {}, {}
        self.tokens, self.scopes = {TOKEN}, {*SCOPES, *INBOUND}
        self.profiles, self.views, self.triggers = {}, {}, set()
        self.answers, self.whispers, self.response_status = [], [], 200
        self.direct = []
        self.asked, self.wrong, self.plan = [], [], {}
        self._numbers, self._late = count(1), None

    def know(self, *emails):
        """People of the workspace."""
        self.people.update({email: f"U{next(self._numbers):03}" for email in emails})

    def add_channel(self, name, *, creator="U0OTHER", private=False, purpose="", members=()):
        """A channel, which somebody made."""
        key = f"C{next(self._numbers):03}"
        self.channels[key] = {
            "id": key,
            "name": name,
            "creator": creator,
            "is_channel": True,
            "is_private": private,
            "is_archived": False,
            "topic": _said("", ""),
            "purpose": _said(purpose, creator),
            "people": [creator, *members],
            "messages": [],
            "pins": [],
            "bookmarks": [],
        }
        return self.channels[key]

    def stranger(self, name, email, **more):
        """Somebody of whom Slack tells more or less than of others."""
        self.know(email)
        self.profiles[self.people[email]] = {"real_name": name, **more}
        return self.people[email]

    def trigger(self):
        """What comes with a command: a form can be opened with it, once."""
        made = f"{next(self._numbers)}.trigger"
        self.triggers.add(made)
        return made

    async def respond(self, request):
        """An address at which commands are answered."""
        self.answers.append((request.path_params["key"], await request.json()))
        return Response("ok" if self.response_status == 200 else "expired_url", self.response_status)

    def ours(self):
        """The channels that the bot made."""
        return [channel for channel in self.channels.values() if channel["creator"] == BOT]

    async def handle(self, request):
        method = request.path_params["method"]
        body = await request.body()
        given = json.loads(body) if body else dict(request.query_params)
        self.asked.append((method, given))
        self.wrong += faults(request.method, method, given, json_body=bool(body))
        fault = self.plan[method].pop(0) if self.plan.get(method) else None
        if self._late is not None and self._late[0] == method:
            self._do(*self._late)
            self._late = None
        if fault == "late":
            self._late = (method, given)
            return await _hang(request)
        if fault == "429":
            return Response("", 429, {"retry-after": "7"})
        if fault not in (None, "500", "lost"):
            return JSONResponse({"ok": False, "error": fault})
        try:
            self._admit(request, method, given)
            answer = self._do(method, given)
        except RefusalError as refusal:
            answer = refusal.body
        if fault == "500":
            return Response("oh", 500)
        if fault == "lost":
            return await _hang(request)
        return JSONResponse(answer, headers={"x-oauth-scopes": ",".join(sorted(self.scopes))})

    def settle(self):
        """Do now what was to be done late."""
        self._do(*self._late)
        self._late = None

    def _do(self, method, given):
        return {"ok": True, **getattr(self, "do_" + method.replace(".", "_"))(**given)}

    def _admit(self, request, method, given):
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise RefusalError("token_revoked" if token == TOKEN else "invalid_auth")
        needed = NEEDS.get(method)
        if needed is None:
            channel = self.channels.get(given.get("channel"), {})
            private = given.get("is_private", channel.get("is_private", False))
            kind = "groups:" if private else "channels:"
            act = ACTS.get(method)
            needed = kind + (act or ("write" if private else "manage"))
        if needed and needed not in self.scopes:
            raise RefusalError("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))

    def _channel(self, key, *, archived=False):
        channel = self.channels.get(key)
        if channel is None or BOT not in channel["people"]:
            raise RefusalError("channel_not_found")
        if channel["is_archived"] and not archived:
            raise RefusalError("is_archived")
        return channel

    def do_auth_test(self):
        me = {"user": "muster", "user_id": BOT, "bot_id": BOT_ID}
        return {"url": "https://quillhaven.slack.com/", "team": "Quillhaven", "team_id": TEAM, **me}

    def do_conversations_create(self, name, is_private=False):
        if not re.fullmatch(r"[a-z0-9_-]{1,80}", name):
            raise RefusalError("invalid_name_specials")
        if any(channel["name"] == name for channel in self.channels.values()):
            raise RefusalError("name_taken")
        return {"channel": _shown(self.add_channel(name, creator=BOT, private=is_private))}

    def do_users_conversations(self, types, exclude_archived, limit, cursor="0"):
        assert exclude_archived == "true"
        mine = [each for each in self.channels.values() if BOT in each["people"] and not each["is_archived"]]
        kinds = {each["id"]: "private_channel" if each["is_private"] else "public_channel" for each in mine}
        return _page(
            [_shown(each) for each in mine if kinds[each["id"]] in types.split(",")], "channels", limit, cursor
        )

    def _describe(self, key, what, text):
        channel = self._channel(key)
        if len(text) > 250:
            raise RefusalError("too_long")
        linked = re.sub(r"(https?://[^\s<>]+)", r"<\1>", text)
        channel[what] = _said(linked, BOT)
        self._write(channel, f"set the channel {what}: {linked}", subtype=f"channel_{what}")
        return {}

    def do_conversations_setPurpose(self, channel, purpose):  # noqa: N802 (Slack's name)
        return self._describe(channel, "purpose", purpose)

    def do_conversations_setTopic(self, channel, topic):  # noqa: N802 (Slack's name)
        return self._describe(channel, "topic", topic)

    def _write(self, channel, text, **more):
        stamp = f"{1700000000 + next(self._numbers)}.000100"
        message = {"type": "message", "user": BOT, "text": text, "ts": stamp, **more}
        channel["messages"].append(message)
        return message

    def do_chat_postMessage(self, channel, text, blocks=None, thread_ts=None, **rest):  # noqa: N802 (Slack's name)
        assert rest == {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
        if channel in self.people.values():  # a person's id stands for what the app writes to them alone
            self.direct.append((channel, text))
            return {"channel": f"D{channel}", "ts": f"1700000000.{len(self.direct):06}"}
        _judge_blocks(blocks)
        more = {"thread_ts": thread_ts} if thread_ts else {}
        written = self._write(self._channel(channel), text, bot_id=BOT_ID, blocks=blocks, **more)
        return {"channel": channel, "ts": written["ts"]}

    def do_chat_update(self, channel, ts, text, blocks, **rest):
        assert rest == {"parse": "none"}
        _judge_blocks(blocks)
        for message in self._channel(channel)["messages"]:
            if message["ts"] == ts and message["user"] == BOT:
                message.update(text=text, blocks=blocks, edits=message.get("edits", 0) + 1)
                return {"channel": channel, "ts": ts}
        raise RefusalError("message_not_found")

    def do_conversations_info(self, channel):
        found = self.channels.get(channel)
        if found is None:
            raise RefusalError("channel_not_found")
        return {"channel": {**_shown(found), "is_member": BOT in found["people"]}}

    def do_bookmarks_list(self, channel_id):
        return {"bookmarks": self._channel(channel_id)["bookmarks"]}

    def do_bookmarks_add(self, channel_id, title, type, link):  # noqa: A002 (Slack's name)
        assert type == "link"
        made = {"id": f"Bk{next(self._numbers)}", "title": title, "link": link, "last_updated_by_user_id": BOT}
        self._channel(channel_id)["bookmarks"].append(made)
        return {}

    def _bookmark(self, channel_id, bookmark_id):
        found = [each for each in self._channel(channel_id)["bookmarks"] if each["id"] == bookmark_id]
        if not found:
            raise RefusalError("not_found")
        return found[0]

    def do_bookmarks_edit(self, channel_id, bookmark_id, title, link):
        changed = {"title": title, "link": link, "last_updated_by_user_id": BOT}
        self._bookmark(channel_id, bookmark_id).update(changed)
        return {}

    def do_pins_add(self, channel, timestamp):
        pins = self._channel(channel)["pins"]
        if timestamp in pins:
            raise RefusalError("already_pinned")
        pins.append(timestamp)
        return {}

    def do_pins_list(self, channel):
        found = self._channel(channel)
        pinned = [message for message in found["messages"] if message["ts"] in found["pins"]]
        return {"items": [{"type": "message", "channel": channel, "message": message} for message in pinned]}

    def do_conversations_history(self, channel, limit, cursor="0", oldest="0"):
        if not cursor.isdecimal():
            raise RefusalError("invalid_cursor")
        written = self._channel(channel, archived=True)["messages"]
        stated = [each for each in written if each.get("thread_ts") in (None, each["ts"]) and each["ts"] > oldest]
        counts = {each["ts"]: sum(other.get("thread_ts") == each["ts"] for other in written) for each in stated}
        shown = [{**each, "reply_count": counts[each["ts"]]} for each in stated]
        return _page(sorted(shown, key=lambda each: each["ts"], reverse=True), "messages", limit, cursor)

    def do_conversations_members(self, channel, limit, cursor="0"):
        return _page(self._channel(channel)["people"], "members", limit, cursor)

    def do_users_lookupByEmail(self, email):  # noqa: N802 (Slack's name)
        if email not in self.people:
            raise RefusalError("users_not_found")
        return {"user": {"id": self.people[email], "deleted": False}}

    def do_users_info(self, user):
        emails = {key: email for email, key in self.people.items()}
        if user not in emails:
            raise RefusalError("user_not_found")
        name = emails[user].partition("@")[0]
        profile = {"email": emails[user], "display_name": name}
        whole = {"id": user, "team_id": TEAM, "is_email_confirmed": True, "deleted": False, "is_bot": False}
        return {"user": {**whole, "profile": profile, **self.profiles.get(user, {})}}

    def do_views_open(self, trigger_id, view):
        if trigger_id not in self.triggers:
            raise RefusalError("expired_trigger_id")
        self.triggers.remove(trigger_id)
        self.views[view["external_id"]] = check_view(view)
        return {"view": {"id": f"V{next(self._numbers)}"}}

    def do_views_update(self, external_id, view):
        if external_id not in self.views:
            raise RefusalError("not_found")
        self.views[external_id] = check_view(view)
        return {}

    def do_chat_postEphemeral(self, channel, user, text):  # noqa: N802 (Slack's name)
        self._channel(channel)
        self.whispers.append((channel, user, text))
        return {}

    def do_conversations_replies(self, channel, ts, limit, cursor="0", latest=None, inclusive="false"):
        assert (latest, inclusive) in ((None, "false"), (ts, "true"))
        written = self._channel(channel, archived=True)["messages"]
        found = [each for each in written if ts in (each["ts"], None if latest else each.get("thread_ts"))]
        if not found:
            raise RefusalError("thread_not_found")
        return _page(found, "messages", limit, cursor)

    def do_conversations_invite(self, channel, users):
        found = self._channel(channel)
        for user in users.split(","):
            if user in found["people"]:
                raise RefusalError("already_in_channel")
        found["people"] += users.split(",")
        return {"channel": _shown(found)}

    def do_conversations_archive(self, channel):
        if self.channels.get(channel, {}).get("is_archived"):
            raise RefusalError("already_archived")
        self._channel(channel)["is_archived"] = True
        return {}


def check_buttons(buttons):
    """Buttons, if they are such as Slack takes."""
    assert 0 < len(buttons) <= 25
    assert len({each["action_id"] for each in buttons}) == len(buttons)
    assert all(len(each["text"]["text"]) <= 75 and len(each["value"]) <= 2000 for each in buttons)


def check_view(view):
    """A form, if it is one that Slack takes."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    assert len(view["title"]["text"]) <= 24
    assert len(view["private_metadata"]) <= 3000
    assert len(view["external_id"]) <= 255
    assert bool(inputs) == ("submit" in view)
    for block in inputs:
        options = block["element"].get("options", [])
        assert len(options) <= 100
        assert all(len(each["text"]["text"]) <= 75 for each in options)
        assert options or block["element"]["type"] == "plain_text_input"
    return view


def _judge_blocks(blocks):
    for block in blocks:
        if block["type"] == "actions":
            check_buttons(block["elements"])
            continue
        texts = [block["text"]] if "text" in block else block.get("fields") or block["elements"]
        if len(texts) > 10 or any(not 0 < len(each["text"]) <= BLOCKS[block["type"]] for each in texts):
            raise RefusalError("invalid_blocks")


async def _hang(request):
    """No answer, for as long as somebody waits for it."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


def _said(value, creator):
    return {"value": value, "creator": creator, "last_set": 1700000000 if value else 0}


def _shown(channel):
    return {name: value for name, value in channel.items() if name not in ("people", "messages", "pins", "bookmarks")}


def _page(things, name, limit, cursor):
    start, size = int(cursor), min(int(limit), PAGE)
    following = str(start + size) if start + size < len(things) else ""
    return {name: things[start : start + size], "response_metadata": {"next_cursor": following}}


@asynccontextmanager
async def slack_workspace(at_the_door=lambda application: application):
    """The workspace on a real port, its address in `base_url`."""
    made = SlackWorkspace()
    route = Route("/api/{method}", made.handle, methods=["GET", "POST"])
    answers = Route("/respond/{key}", made.respond, methods=["POST"])
    async with serving(at_the_door(Starlette(routes=[route, answers]))) as address:
        made.base_url = f"{address}/api"
        made.response_url = f"{address}/respond"
        yield made
    assert made.wrong == [], made.wrong
