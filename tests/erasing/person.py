"""A person whose name, address and numbers stand nowhere else, in every place in which Muster keeps such things."""

from datetime import timedelta

from sqlalchemy import select

from actions.catalogue.people import save_user
from actions.chat.heard import Said
from actions.chat.log import keep_message
from actions.chat.people import note_person
from actions.declarations import declare_incident
from actions.entries import add_entry
from actions.paging.contacts import save_contact_method
from actions.postmortems.assembly import assemble_postmortem
from actions.provider_sign_in import refuse_sign_in
from actions.roles import assign_role
from actions.schedules.links import create_calendar_link
from actions.stages import change_stage
from actions.tasks import add_task
from actions.updates import publish_update
from auth.token import issue_token
from core.client import Client
from core.oidc_settings import ProviderSettings
from models.access import BrowserSession, DeviceAuthorization, SignInLink, UserIdentity
from models.delivery import Delivery
from models.integration import Integration, OutwardAction
from models.on_call import OnCall, OnCallRoster
from models.paging.contact import ContactMethod, PagingPreference
from models.paging.run import Page, PageAttempt, PagingRun
from models.paging.words import PageState, PageWay, PagingState
from models.person import User
from models.saved_filter import SavedFilter
from models.subscriber import Broadcast, Subscriber, SubscriberDelivery
from models.words import (
    AccessRole,
    ActorKind,
    Audience,
    Channel,
    DeliveryState,
    EntryKind,
    NewsKind,
    OutwardState,
    OutwardVerb,
    Stage,
)

NAME, EMAIL = "Zebulon Quetzal", "zebulon@quetzal.example"
PHONE, SLACK, SUBJECT, EXTERNAL = "+4915155512377", "UZEBQ0077", "sub-zeb-0077", "scim-zeb-0077"
ADDRESS, AGENT, SID = "198.51.100.77", "ZebBrowser/7.7", "sid-zeb-0077"
NEEDLES = ("zebulon", "quetzal", "zeb-0077", "5155512377", SLACK.lower(), ADDRESS, AGENT.lower())
THERE = Client(ADDRESS, AGENT)
CHANNEL = "C0077"


class Life:
    """What Zebulon did and left behind: `life.user`, `life.incident` (over) and its reference."""

    def __init__(self, world):
        self.world = world
        self.row = world.users["chi"]
        self.reference = world.id_of("chi")
        self.key = self.row.id

    @classmethod
    async def lived(cls, world):
        life = cls(world)
        await life._named()
        await life._worked()
        await life._said()
        await life._kept()
        await life._sent()
        return life

    async def _named(self):
        """Who they are, by hand, by the directory, and by a provider; where they came from is on record."""
        world = self.world
        await world.do(save_user, world.ada, id=self.reference, name=NAME, email=EMAIL)
        async with world.database.unit_of_work(THERE) as session:
            row = await session.get(User, self.key)
            row.given_name, row.family_name, row.external_id = "Zebulon", "Quetzal", EXTERNAL
            await create_calendar_link(session, world.chi)
        async with world.database.unit_of_work(THERE) as session:
            provider = ProviderSettings(
                key="sso", name="SSO", issuer="https://sso.example", client_id="x", client_secret="y"
            )
            refuse_sign_in(session, provider, "domain", f"{EMAIL} ({SUBJECT}) is not among the allowed ones")

    async def _worked(self):
        """An incident that they led, and that is over; others named them in its title, its log and its updates."""
        world = self.world
        self.incident = await world.do(declare_incident, world.ben, title=f"{NAME} broke it", severity="SEV2")
        world.clock.advance(minutes=1)
        about = {"incident": self.incident.reference}
        await world.do(assign_role, world.ben, **about, role="commander", user=self.reference)
        await world.do(add_entry, world.ben, **about, kind=EntryKind.NOTE, text=f"Call {PHONE}, says {NAME.upper()}.")
        await world.do(publish_update, world.ben, **about, audience=Audience.INTERNAL, body=f"Ask {EMAIL}.")
        await world.do(add_task, world.ben, **about, title="Thank Zebulon Quetzal")
        world.clock.advance(minutes=1)
        self.then = (await world.events(self.incident.id))[-1].id
        for stage in (Stage.MITIGATION, Stage.RESOLUTION, Stage.POSTMORTEM):
            world.clock.advance(minutes=1)
            await world.do(change_stage, world.ben, **about, stage=stage, note=f"{stage}, thanks to {NAME}")
        await assemble_postmortem(world.database, self.incident.id)

    async def _said(self):
        """An account in a chat, what was said there, and a pager that knows them."""
        world, moment = self.world, self.world.clock.now()
        async with world.database.unit_of_work() as session:
            chat = Integration(key="slack", vendor="slack", name="Slack", configuration={}, created_at=moment)
            pager = Integration(key="pagerduty", vendor="pagerduty", name="PD", configuration={}, created_at=moment)
            session.add_all([chat, pager])
            await session.flush()
            self.chat = chat.id
            opened = {"integration_id": chat.id, "incident_id": self.incident.id, "created_at": moment}
            done = {"state": OutwardState.DONE, "arguments": {}, "done_at": moment}
            session.add_all(
                [
                    OutwardAction(key="a", verb=OutwardVerb.OPEN_CHANNEL, external_id=CHANNEL, **opened, **done),
                    OutwardAction(key="b", verb=OutwardVerb.OPEN_TICKET, ticket_assignee=NAME, **opened, **done),
                    OnCallRoster(
                        integration_id=pager.id,
                        people=[OnCall(NAME, EMAIL, "Web").as_json(), OnCall("Ben", "ben@b.example", "Web").as_json()],
                        as_of=moment,
                        due_at=moment,
                    ),
                ]
            )
            await note_person(session, chat.id, SLACK, name=NAME, email=EMAIL)
            await note_person(session, chat.id, "UOTHER", name="Ben", email=None)
            for stamp, author, said in (
                ("1764500000.000100", SLACK, "It is the cache"),
                ("1764500001.000100", "UOTHER", f"<@{SLACK}> is right"),
                ("1764500002.000100", "UOTHER", f"mail {EMAIL}"),
            ):
                assert await keep_message(session, chat.id, Said(CHANNEL, stamp, author=author, text=said))

    async def _kept(self):
        """Credentials, ways to be paged, preferences."""
        world, moment = self.world, self.world.clock.now()
        later = moment + timedelta(days=1)
        about = {"user_id": self.key, "created_at": moment}
        async with world.database.unit_of_work(THERE) as session:
            issued = {"name": "zebulon's laptop", "access_role": AccessRole.VIEWER, "user": self.row}
            _, token = await issue_token(session, world.clock, **issued)
            token.last_used_address, token.networks = ADDRESS, [f"{ADDRESS}/32"]
            token.hint, token.scopes, token.documents = "zeb-0077", ["zeb-0077"], ["zeb-0077"]
            secrets = session.info["secrets"]
            seen = {"address": ADDRESS, "user_agent": AGENT}
            session.add_all(
                [
                    BrowserSession(
                        digest=b"1", **about, **seen, last_seen_at=moment, expires_at=later, provider="zeb-0077",
                        issuer="https://zebulon.example", subject=SUBJECT, provider_session=SID,
                        id_token=secrets.seal(NAME),
                    ),
                    SignInLink(digest=b"2", **about, expires_at=later),
                    DeviceAuthorization(
                        device_digest=b"3", user_digest=b"4", client_id="zeb-0077", scopes=["zeb-0077"],
                        **about, **seen, expires_at=later, interval_seconds=5,
                    ),
                    UserIdentity(issuer="https://zebulon.example", subject=SUBJECT, **about),
                    PagingPreference(
                        user_id=self.key, rules={"HIGH": ["zeb-0077"]}, zone="zeb-0077", changed_at=moment
                    ),
                    SavedFilter(
                        owner_kind=ActorKind.USER, owner_id=self.key, name="zebulon's", filter={"text": "zebulon"},
                        order="zebulon", created_at=moment,
                    ),
                    Subscriber(
                        channel=Channel.EMAIL, digest=b"5", email=EMAIL.upper(), host="zebulon", kinds=[],
                        disabled_because=f"{EMAIL} bounced", created_at=moment, confirmed_at=moment,
                    ),
                ]
            )  # fmt: skip
        await world.do(save_contact_method, world.chi, way=PageWay.MAIL, label="zebulon at home", address=EMAIL)
        async with world.database.unit_of_work() as session:
            method = await session.scalar(select(ContactMethod).where(ContactMethod.user_id == self.key))
            method.sealed_address, method.ending = session.info["secrets"].seal(PHONE), PHONE[-10:]
            method.error = f"{PHONE} does not answer"

    async def _sent(self):
        """Ledgers of what went to them."""
        world, moment = self.world, self.world.clock.now()
        async with world.database.unit_of_work() as session:
            event = (await world.events(self.incident.id))[0].id
            about = {"event_id": event, "channel": "mail", "created_at": moment, "incident_id": self.incident.id}
            wrong = f"550 <{EMAIL}> unknown"
            failed = {"state": DeliveryState.FAILED, "error": wrong, "suppressed_because": wrong}
            session.add_all(
                [
                    Delivery(template="declared", to=EMAIL, user_id=self.key, **about, **failed),
                    Delivery(template="role_given", to=EMAIL.upper(), state=DeliveryState.SENT, **about),
                    Delivery(template="stage", to=EMAIL, user_id=self.key, state=DeliveryState.PENDING, **about),
                ]
            )
            run = PagingRun(
                incident_id=self.incident.id,
                plan={},
                state=PagingState.ACKNOWLEDGED,
                created_at=moment,
                ended_at=moment,
            )
            session.add(run)
            await session.flush()
            page = Page(
                run_id=run.id, incident_id=self.incident.id, user_id=self.key, round=0, step=1, created_at=moment,
                state=PageState.ACKNOWLEDGED, ended_at=moment,
            )  # fmt: skip
            session.add(page)
            subscriber = await session.scalar(select(Subscriber.id).where(Subscriber.email == EMAIL.upper()))
            await session.flush()
            session.add(
                PageAttempt(
                    page_id=page.id, position=1, way=PageWay.MAIL, state=DeliveryState.SENT, due_at=moment, error=wrong,
                    external_id=f"zeb-0077:{PHONE}",
                )
            )  # fmt: skip
            session.add(
                SubscriberDelivery(
                    subscriber_id=subscriber, broadcast_id=await _broadcast(session, event, moment), topic="t",
                    channel=Channel.EMAIL, state=DeliveryState.FAILED, created_at=moment, due_at=moment, error=wrong,
                )
            )  # fmt: skip


async def _broadcast(session, event, moment):
    row = Broadcast(event_id=event, topic="t", kind=NewsKind.INCIDENTS, begun_at=moment, after_id=0)
    session.add(row)
    await session.flush()
    return row.id
