"""Filters, orders and pages."""

from itertools import product

import pytest

from core import ids
from integrations.scim.columns import GROUPS, USERS


@pytest.fixture
async def names(scim, world):
    await scim.user(externalId="00uF", name={"givenName": "Fay"})
    await scim.patch(f"/Users/{world.id_of('eve')}", {"op": "replace", "path": "active", "value": "False"})

    async def names(filter_, kind="Users", **more):
        answer = await scim.ok("GET", f"/{kind}", params={"filter": filter_, **more})
        posted = await scim.ok("POST", f"/{kind}/.search", {"filter": filter_, **more})
        assert answer == posted
        assert answer["totalResults"] == len(answer["Resources"])
        return " ".join(each["displayName"].split()[0].lower() for each in answer["Resources"])

    return names


FILTERS = {
    'userName eq "BEN@quillhaven.example"': "ben",
    'userName sw "a" or userName sw "b"': "ada ben",
    'userName co "quillhaven" and active eq false': "eve",
    "not (active eq true)": "eve",
    'active eq "False"': "eve",
    'externalId eq "00uF"': "fay",
    'externalId eq "00uf"': "",
    "externalId pr": "fay",
    'not (externalId eq "x") and not (name pr)': "ada ben chi dov eve",
    'externalId ne "00uF" and displayName gt "D"': "dov eve",
    'emails[type eq "work" and value co "dov@"]': "dov",
    'emails[type eq "work"].value eq "dov@quillhaven.example"': "dov",
    'emails.type eq "home"': "",
    'roles eq "admin" or roles.value eq "manager"': "ada dov",
    'groups.display eq "payments"': "ben chi",
    'displayName ew "%"': "",
    'meta.lastModified gt "2026-11-24T03:00:00Z" and name.givenName eq "fay"': "fay",
    'meta.created lt "2020-01-01T00:00:00Z"': "",
    'meta.resourceType eq "User" and userName eq "ada@quillhaven.example"': "ada",
    'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@quillhaven.example"': "ada",
}


OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")


async def test_filters_find_whom_they_mean(names):
    assert {filter_: await names(filter_) for filter_ in FILTERS} == FILTERS


async def test_people_and_groups_are_found_by_each_other(names, world):
    payments, ben = ids.encode("Team", world.teams["payments"].id), world.id_of("ben")
    assert await names(f'groups eq "{payments}"') == "ben chi"
    assert await names(f'groups ne "{payments}" and active eq true') == "ada dov fay"
    assert await names(f'id eq "{ben}"') == "ben"
    for filter_ in (f'members eq "{ben}"', f'members[value eq "{ben}"]', f'id eq "{payments}" and members.value pr'):
        assert await names(filter_, "Groups") == "payments"
    assert await names('displayName eq "platform" and not (members pr)', "Groups") == "platform"


@pytest.mark.parametrize(("kind", "attributes"), [("Users", USERS), ("Groups", GROUPS)], ids=["users", "groups"])
async def test_whatever_is_compared_with_whatever_is_answered_or_refused(scim, kind, attributes):
    parts = [f"{name}.{part}".strip(".") for name, entries in attributes.entries.items() for part in entries.columns]
    values = ["null", "true", "1", '""', '"x"', '"2026-11-24T03:00:00Z"']
    for name, op, value in product([*attributes.columns, *parts], OPERATORS, values):
        words = name.split("_")
        filter_ = f"{words[0]}{''.join(each.capitalize() for each in words[1:])} {op} {value}"
        answer = await scim.send("GET", f"/{kind}", params={"filter": filter_, "count": 1})
        if answer.status_code != 200:
            assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter"), filter_


@pytest.mark.parametrize("filter_", ["userName", 'nope eq "x"', "active gt true", 'id co "x"', 'meta.version eq "x"'])
async def test_a_filter_that_means_nothing_is_refused(scim, filter_):
    assert await scim.refused("GET", "/Users", params={"filter": filter_}) == (400, "invalidFilter")


async def test_pages_and_orders(scim):
    async def page(**given):
        answer = await scim.ok("GET", "/Users", params=given)
        assert (answer["totalResults"], answer["itemsPerPage"]) == (5, len(answer["Resources"]))
        return answer["startIndex"], [each["userName"][:3] for each in answer["Resources"]]

    assert await page(count=2) == (1, ["ada", "ben"])
    assert await page(count=2, startIndex=5) == (5, ["eve"])
    assert await page(startIndex=6) == (6, [])
    assert await page(count=0) == (1, [])
    assert await page(count=-1, startIndex=-1) == (1, [])
    assert await page(sortBy="userName", sortOrder="descending", count=2) == (1, ["eve", "dov"])
    assert (await page(sortBy="emails", count=1))[1] == ["ada"]
    assert (await scim.refused("GET", "/Users", params={"sortBy": "groups"}))[0] == 400


async def test_only_what_is_asked_for_is_shown(scim):
    answer = await scim.ok("GET", "/Users", params={"attributes": "userName,nope", "count": 1})
    assert answer["Resources"][0].keys() == {"schemas", "id", "userName"}
