"""What the status page has to tell: quiet days, trouble, much of it, and words of every kind."""

from datetime import timedelta

from sqlalchemy import update

from actions.components import refresh_components
from actions.maintenance.sweep import sweep_maintenance
from actions.maintenance.words import publish_maintenance_update
from actions.updates import edit_update, withdraw_update
from models.service import Component
from models.words import ComponentStatus, MaintenanceState, PublicStatus
from tests.actions.maintaining import planned, window
from tests.effort import effort
from tests.statuspage.conftest import name_organisation
from tests.telling import make_incident, tell, update_id

MAJOR, PARTIAL, DEGRADED = (
    ComponentStatus.MAJOR_OUTAGE,
    ComponentStatus.PARTIAL_OUTAGE,
    ComponentStatus.DEGRADED_PERFORMANCE,
)
WORK, FINE = ComponentStatus.UNDER_MAINTENANCE, ComponentStatus.OPERATIONAL

MARKDOWN = """# A heading of level 1

###### and one of level 6

Two lines of a paragraph, the second
after a soft break, the third after a hard one:\\
with **strong**, *emphasised*, ~~struck~~ and `code = "text"` words.

1. First
2. Second
   - with a list
     - in a list
3. Third

> A quotation
>
> > within a quotation

```python
a_line_of_code_that_is_longer_than_any_phone_is_wide = "and goes on, and on, and on, until the end of the line"
```

    indented code

---

![a picture](https://quillhaven.example/picture.png), [a link](https://quillhaven.example/path "with a title"),
<https://quillhaven.example/auto>, <help@quillhaven.example>, [a link to nowhere](/relative), a &amp; an &lt;entity&gt;.

| no | table |
| -- | ----- |
| it | stays |

<script>alert(1)</script> <b style="color:red">stays as written</b>
"""

KEY = 123
"""The incident that every story with one is about: INC-123."""
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
ADDRESS = "https://quillhaven.example/" + "a" * 160
ARABIC = "تعذّر إتمام الطلبات (Checkout) منذ الساعة 02:41"
HEBREW = "לא ניתן להשלים הזמנות"
CHINESE = "结账服务目前无法使用，我们正在努力恢复，请稍后再试。"
JAPANESE = "決済サービスに障害が発生しています。復旧作業を進めております。"
THAI = "ไม่สามารถชำระเงินได้ในขณะนี้ทีมงานของเรากำลังแก้ไข"


async def set_by_hand(world, name, status):
    """An admin sets the state of a component."""
    async with world.database.unit_of_work() as session:
        component = await session.get_one(Component, world.components[name].id)
        component.manual_status = status
        await refresh_components(session, world.ada, [component.id])


async def nothing_yet(world, _clock):
    async with world.database.unit_of_work() as session:
        await session.execute(update(Component).values(archived_at=world.clock.now()))


async def past(world, clock):
    """Ninety days with some trouble and some work, and two incidents that are over."""
    async with world.database.unit_of_work() as session:
        await session.execute(update(Component).values(created_at=clock.now()))
    clock.advance(days=60)
    await set_by_hand(world, "search", WORK)
    clock.advance(minutes=25)
    await set_by_hand(world, "search", FINE)
    for key, days, title in ((101, 17, None), (104, 8, "Search found nothing for some words")):
        clock.advance(days=days)
        await world.do(make_incident, key)
        name = "search" if title else "checkout"
        await tell(world, key, claims=[(name, PARTIAL)], public_title=title)
        clock.advance(minutes=96)
        await tell(world, key, PublicStatus.RESOLVED, "All is well again.")
    clock.advance(days=3)


async def trouble(world, clock):
    """An open incident whose promise is overdue, with a late, an edited and a withdrawn update."""
    await world.do(make_incident, KEY, severity="SEV1")
    first = await tell(
        world,
        KEY,
        body="Since 02:41 customers can’t complete an order. We are on it.\n\n- Browsing works\n- Baskets are kept",
        claims=[("checkout", MAJOR), ("search", DEGRADED)],
        public_title="Orders can’t be placed",
    )
    clock.advance(minutes=36)
    await tell(world, KEY, PublicStatus.IDENTIFIED, f"The fault is in the payment step. See <{ADDRESS}>.")
    clock.advance(minutes=4)
    wrong = await tell(world, KEY, PublicStatus.MONITORING, "It is fixed.")
    await world.do(withdraw_update, world.ben, update=update_id(wrong), reason="It is not")
    clock.advance(minutes=40)
    await world.do(edit_update, world.ben, update=update_id(first), body="Since 02:41 no order can be completed.")


async def resolved(world, clock):
    await world.do(make_incident, KEY, severity="SEV2")
    await tell(world, KEY, claims=[("checkout", MAJOR)], public_title="Orders can’t be placed")
    clock.advance(hours=30)
    await tell(world, KEY, PublicStatus.RESOLVED, "All is well again.", [("checkout", FINE)])
    clock.advance(days=2)


async def work(world, _clock):
    await set_by_hand(world, "search", WORK)


async def maintained(world, clock):
    """Work under way with words, other work to come, and some that is over."""
    plan = {"body": MARKDOWN, "remind_minutes": 60}
    await planned(
        world, "search", **window(world, hours=1), title="New disks", body="Search finds *yesterday's* books."
    )
    for _ in range(2):
        clock.advance(hours=2, minutes=1)
        await sweep_maintenance(world.database)
    made = await planned(world, "checkout", "search", **window(world, minutes=1), **plan, title="New database servers")
    await planned(world, **window(world, days=2, hours=20, length=timedelta(hours=9)), title=UNBROKEN)
    await planned(world, "search", **window(world, days=9), title=f"{ARABIC} {HEBREW} {THAI}", body=CHINESE)
    clock.advance(minutes=2)
    await sweep_maintenance(world.database)
    clock.advance(minutes=33)
    say = {"maintenance": made.reference, "body": "The new servers are in place. We check that nothing was lost."}
    await world.do(publish_maintenance_update, world.dov, **say, status=MaintenanceState.VERIFYING)
    await world.do(publish_maintenance_update, world.dov, maintenance=made.reference, body=f"See <{ADDRESS}>.")


async def partly(world, clock):
    """A component fails in part; another incident names none."""
    await world.do(make_incident, KEY)
    await tell(world, KEY, claims=[("checkout", PARTIAL)], public_title="Some card payments fail")
    clock.advance(minutes=2)
    await world.do(make_incident, 8, severity="SEV1")
    await tell(world, 8, PublicStatus.MONITORING, "We look at mails that come late.")


async def slowly(world, _clock):
    await world.do(make_incident, KEY)
    await tell(world, KEY, claims=[("checkout", DEGRADED), ("search", DEGRADED)])


async def watched(world, _clock):
    await world.do(make_incident, KEY)
    await tell(world, KEY, PublicStatus.MONITORING, "A fix is in place.")


async def much(world, clock):
    """Forty components in ten groups, and a dozen incidents at once."""
    async with world.database.unit_of_work() as session:
        for number in range(40):
            row = Component(
                name=f"Component {number}",
                group=f"Group {number // 4}",
                position=number + 10,
                created_at=clock.now(),
                manual_status=(MAJOR, PARTIAL, DEGRADED, WORK)[number % 4] if number % 13 == 0 else FINE,
            )
            session.add(row)
            await session.flush()
            await refresh_components(session, world.ada, [row.id])
    for key in range(KEY, KEY + 12):
        await world.do(make_incident, key, severity="SEV1" if key % 3 == 0 else None)
        await tell(world, key, claims=[("checkout", DEGRADED)], public_title=f"Trouble number {key}")
        clock.advance(minutes=7)


async def years(world, clock):
    """A long history: an incident every few days for fifteen months."""
    count = effort(30, 150)
    async with world.database.unit_of_work() as session:
        await session.execute(update(Component).values(created_at=clock.now()))
    for key in range(1, count):
        await world.do(make_incident, key)
        title = None if key % 3 else f"Orders of some customers in region {key} were late"
        await tell(world, key, claims=[("checkout", (DEGRADED, PARTIAL, MAJOR)[key % 3])], public_title=title)
        clock.advance(minutes=key * 17 % 500)
        await tell(world, key, PublicStatus.RESOLVED)
        clock.advance(days=450 // count)


async def _rename(world, organisation, names, group, **more):
    await world.do(name_organisation, name=organisation, **more)
    async with world.database.unit_of_work() as session:
        for key, name in zip(("checkout", "search"), names, strict=True):
            row = await session.get_one(Component, world.components[key].id)
            row.name, row.group = name, group


async def unbroken(world, clock):
    """Names, titles and texts without a place to break."""
    await past(world, clock)
    more = {"support_url": "https://quillhaven.example/help", "time_zone": "America/Argentina/Buenos_Aires"}
    await _rename(world, UNBROKEN, (UNBROKEN, f"Search {UNBROKEN}"), f"{UNBROKEN}s", **more)
    await world.do(make_incident, KEY, severity="SEV1")
    body = f"{UNBROKEN} `{UNBROKEN}`\n\n    {UNBROKEN}\n\n> {UNBROKEN}\n\n- {UNBROKEN}\n\n# {UNBROKEN}\n\n<{ADDRESS}>"
    await tell(world, KEY, body=body, claims=[("checkout", MAJOR), ("search", PARTIAL)], public_title=UNBROKEN)


async def scripts(world, clock):
    """Arabic, Hebrew, Chinese, Japanese and Thai."""
    await past(world, clock)
    await _rename(world, "متجر كويلهيفن", (JAPANESE, HEBREW), CHINESE, time_zone="Asia/Kolkata")
    await world.do(make_incident, KEY, severity="SEV1")
    await tell(
        world, KEY, body=f"{ARABIC}\n\n- {HEBREW}\n- `Checkout`", claims=[("checkout", MAJOR)], public_title=ARABIC
    )
    clock.advance(minutes=5)
    await tell(world, KEY, PublicStatus.IDENTIFIED, f"{CHINESE}\n\n{JAPANESE}\n\n{THAI * 4}", [("search", PARTIAL)])


TABLE = """| Region | Orders | Refunds | Invoices | Exports | Since | Until | What you can do |
|---|---|---|---|---|---|---|---|
| Frankfurt am Main | slow | down | well | well | 02:41 | open | Try again after some minutes, nothing is lost |
| Dublin | well | slow | well | well | 02:50 | open | Nothing |
"""


async def reworded(world, clock):
    """One that was dated back, edited twice, and has a wide table."""
    await world.do(make_incident, KEY)
    first = await tell(world, KEY, body="We look into slow orders.", claims=[("checkout", MAJOR)])
    clock.advance(minutes=20)
    for body in ("We look into **failing** orders.", f"Orders fail in two regions.\n\n{TABLE}"):
        clock.advance(minutes=4)
        await world.do(edit_update, world.ben, update=update_id(first), body=body)
    seen = clock.now() - timedelta(minutes=26)
    await tell(world, KEY, PublicStatus.IDENTIFIED, body="We saw the first alarms.", published_at=seen)


async def marked_up(world, _clock):
    await world.do(make_incident, KEY)
    await tell(world, KEY, body=MARKDOWN, claims=[("checkout", MAJOR)], public_title="Title with <b>, & and “quotes”")
