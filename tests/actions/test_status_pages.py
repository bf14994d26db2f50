"""Keeping status pages of products and regions, and the links that open them: what is taken, and what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from actions.catalogue.components import save_component
from actions.pages.known import known_pages, scope_of
from actions.pages.links import create_page_link, linked, revoke_page_links
from actions.pages.saving import MOST, RESERVED, archive_status_page, save_status_page
from core.db import Database
from core.errors import DomainError, ErrorCode
from core.ids import encode
from core.secrets import Secrets
from models.status_page import StatusPage, StatusPageLink
from models.words import PageAccess

OWN = "muster.quillhaven.example"


async def made(world, slug="emea", **given):
    """A page that was added."""
    return await world.do(save_status_page, world.ada, **{"slug": slug, "name": slug.upper(), **given})


def ids_of(world, *names):
    return [encode("Component", world.components[name].id) for name in names]


async def known(world):
    async with world.database.reading() as reader:
        return await known_pages(reader)


async def test_a_page_is_added_changed_and_archived_and_auditors_know_of_it(world):
    first = await made(world, hosts=["Status.EMEA.example.", "emea.example"], components=ids_of(world, "search"))
    (page,) = await known(world)
    assert (page.hosts, page.components) == (
        ("status.emea.example", "emea.example"),
        {world.components["search"].id},
    )
    assert (page.access, page.exclusive, page.open) == (PageAccess.PUBLIC, False, True)
    key = encode("StatusPage", first.id)
    await world.do(save_status_page, world.ada, id=key, hosts=["emea.example"], components=None, language="de")
    (page,) = await known(world)
    assert (page.hosts, page.components, page.language) == (("emea.example",), frozenset(), "de")
    await world.do(archive_status_page, world.ada, id=key)
    await world.do(archive_status_page, world.ada, id=key)
    (page,) = await known(world)
    assert page.archived
    assert not page.open
    saved = [event for event in await world.events() if event.kind == "setting.saved"]
    assert [event.data["noun"] for event in saved] == ["status_page"] * 3, "the second archiving changed nothing"
    assert saved[1].data["changed"]["hosts"] == {
        "from": ["status.emea.example", "emea.example"],
        "to": ["emea.example"],
    }
    assert saved[2].data["changed"]["archived"] == {"from": False, "to": True}


@pytest.mark.parametrize(
    ("given", "code", "field", "said"),
    [
        ({"slug": "Nord"}, "INVALID_INPUT", "slug", "is no slug"),
        ({"slug": "-nord"}, "INVALID_INPUT", "slug", "is no slug"),
        ({"slug": min(RESERVED)}, "INVALID_INPUT", "slug", "is reserved"),
        ({"slug": None}, "INVALID_INPUT", "slug", "can't be cleared"),
        ({"name": " "}, "INVALID_INPUT", "name", "is empty"),
        ({"hosts": ["https://a.example/"]}, "INVALID_INPUT", "hosts.0", "is not a host name"),
        ({"hosts": ["a.example", "a.example:80"]}, "INVALID_INPUT", "hosts.1", "is not a host name"),
        ({"hosts": ["localhost"]}, "INVALID_INPUT", "hosts.0", "is not a host name"),
        ({"hosts": ["10.0.0.1"]}, "INVALID_INPUT", "hosts.0", "is not a host name"),
        ({"hosts": ["a" * 64 + ".example"]}, "INVALID_INPUT", "hosts.0", "is not a host name"),
        ({"hosts": [OWN.upper()]}, "INVALID_INPUT", "hosts.0", "this Muster itself answers"),
        ({"hosts": [f"{n}.example" for n in range(11)]}, "INVALID_INPUT", "hosts", "at most 10"),
        ({"hosts": ["Taken.example"]}, "CONFLICT", "hosts", "is a host of the status page 'NORTH'"),
        ({"slug": "north"}, "CONFLICT", "slug", "Another status page has this slug."),
        ({"components": [encode("Component", 999)]}, "NOT_FOUND", "components.0", "There is no component"),
        ({"components": ["what"]}, "INVALID_INPUT", "components.0", "what"),
        ({"exclusive": True}, "INVALID_INPUT", "exclusive", "names no components"),
        ({"language": "tlh"}, "INVALID_INPUT", "language", "does not speak"),
        ({"time_zone": "Mars/Olympus"}, "INVALID_INPUT", "time_zone", "is not a time zone"),
        ({"accent_light": "#ffff00"}, "INVALID_INPUT", "accent_light", "contrast"),
        ({"id": encode("StatusPage", 999)}, "NOT_FOUND", "id", "There is no status page"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
async def test_what_can_t_be_a_page_is_refused_with_the_reason(world, database_url, clock, given, code, field, said):
    await made(world, "north", hosts=["taken.example"])
    database = Database(database_url, clock=clock, pool_size=1, own_hosts=frozenset({OWN}))
    try:
        with pytest.raises(DomainError) as refused:
            async with database.unit_of_work() as session:
                await save_status_page(session, world.ada, **{"slug": "emea", "name": "EMEA", **given})
    finally:
        await database.close()
    assert (refused.value.code, refused.value.field) == (code, field)
    assert said in refused.value.message
    assert refused.value.hint or "what" in said
    assert [page.slug for page in await known(world)] == ["north"]


async def test_a_component_that_is_archived_is_refused_where_it_was_not_named_before(world):
    spare = await world.do(save_component, world.ada, name="Spare")
    key = encode("Component", spare.id)
    page = await made(world, components=[key])
    await world.do(save_component, world.ada, id=key, archived=True)
    await world.do(save_status_page, world.ada, id=encode("StatusPage", page.id), components=[key], name="Again")
    with pytest.raises(DomainError, match="is archived"):
        await made(world, "north", components=[key])


async def test_there_is_an_end_to_pages(world):
    for number in range(MOST):
        await made(world, f"page-{number}")
    with pytest.raises(DomainError, match=f"There are {MOST} status pages") as refused:
        await made(world, "one-more")
    assert refused.value.code is ErrorCode.CONFLICT


async def test_what_is_exclusive_is_on_no_other_page_that_does_not_name_it(world):
    search, checkout = (world.components[name].id for name in ("search", "checkout"))
    page = await made(world, components=ids_of(world, "search"), exclusive=True)
    await made(world, "all")
    await made(world, "both", components=ids_of(world, "search", "checkout"))
    pages = await known(world)
    own, own_too, everything, both = (scope_of(pages, each) for each in (None, *pages))
    assert [scope.shown({search, checkout}) for scope in (own, own_too, everything, both)] == [
        {checkout},
        {search},
        {checkout},
        {search, checkout},
    ]
    assert [scope.concerns(set()) for scope in (own, own_too, everything, both)] == [True, False, False, False]
    await world.do(archive_status_page, world.ada, id=encode("StatusPage", page.id))
    assert not scope_of(await known(world), None).shows(search), "archiving a page must publish nothing"


async def test_only_admins_keep_pages_and_links(world):
    page = await made(world, access=PageAccess.LINK)
    key = encode("StatusPage", page.id)
    for action, given in (
        (save_status_page, {"id": key, "name": "Mine"}),
        (archive_status_page, {"id": key}),
        (create_page_link, {"page": key}),
        (revoke_page_links, {"page": key}),
    ):
        with pytest.raises(DomainError) as refused:
            await world.do(action, world.dov, **given)
        assert refused.value.code is ErrorCode.FORBIDDEN


async def test_a_link_opens_its_page_until_it_is_over_or_revoked(world, clock):
    pages = [await made(world, slug, access=PageAccess.LINK) for slug in ("emea", "north")]
    keys = [encode("StatusPage", page.id) for page in pages]
    secrets = world.database.secrets

    async def opens(token, page=pages[0], with_keys=secrets):
        async with world.database.reading() as reader:
            return await linked(reader, with_keys, page.id, token) is not None

    lasting, token = await world.do(create_page_link, world.ada, page=keys[0], note="Auditors")
    until = clock.now() + timedelta(hours=1)
    _, short = await world.do(create_page_link, world.ada, page=keys[0], expires_at=until)
    assert await opens(token)
    assert await opens(short)
    assert not await opens(token, pages[1]), "it is of another page"
    assert not await opens(f"{token[:-1]}{'0' if token[-1] != '0' else '1'}"), "it is tampered with"
    assert not await opens(token.replace(f"{lasting.id}.", f"{lasting.id + 1}.", 1)), "its row is another one"
    assert not await opens(token, with_keys=Secrets(["of somebody else"]))
    assert not await opens("")
    clock.advance(hours=2)
    assert await opens(token)
    assert not await opens(short)
    await world.do(revoke_page_links, world.ada, page=keys[0])
    await world.do(revoke_page_links, world.ada, page=keys[0])
    assert not await opens(token)
    told = await world.events(None, "status_page.link_created", "status_page.links_revoked")
    assert [event.kind for event in told] == ["status_page.link_created"] * 2 + ["status_page.links_revoked"]
    assert told[-1].data["links"] == 2
    assert all(token not in str(event.data) for event in told)
    async with world.database.reading() as reader:
        (row,) = await reader.rows(StatusPageLink, select(StatusPageLink).where(StatusPageLink.id == lasting.id))
    assert token not in str(row)


@pytest.mark.parametrize(
    ("access", "given", "code", "field"),
    [
        (PageAccess.PUBLIC, {}, "CONFLICT", "page"),
        (PageAccess.MEMBERS, {}, "CONFLICT", "page"),
        (PageAccess.LINK, {"page": encode("StatusPage", 99)}, "NOT_FOUND", "page"),
        (PageAccess.LINK, {"note": "x" * 201}, "INVALID_INPUT", "note"),
        (PageAccess.LINK, {"expires_at": timedelta(seconds=-1)}, "INVALID_INPUT", "expires_at"),
    ],
)
async def test_a_link_that_could_open_nothing_is_not_made(world, clock, access, given, code, field):
    page = await made(world, access=access)
    if "expires_at" in given:
        given = {"expires_at": clock.now() + given["expires_at"]}
    with pytest.raises(DomainError) as refused:
        await world.do(create_page_link, world.ada, **{"page": encode("StatusPage", page.id), **given})
    assert (refused.value.code, refused.value.field) == (code, field)
    async with world.database.reading() as reader:
        assert await reader.rows(StatusPageLink, select(StatusPageLink)) == []
        assert len(await reader.rows(StatusPage, select(StatusPage))) == 1
