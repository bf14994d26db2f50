"""Whom somebody has paged by name: by schedules, and by the policy of a service."""

import pytest

from actions.catalogue.services import save_service
from actions.paging.naming import page_somebody
from core import ids
from core.errors import DomainError
from models.words import Visibility
from tests.actions.paging.calls import declared, pages, policy, step
from tests.actions.schedules.calls import schedule


async def test_who_is_on_call_by_a_schedule_is_paged_beside_who_is_named(world):
    await schedule(world, "chi")
    incident = await declared(world)
    named = {"users": [world.id_of("ben")], "schedules": ["primary"]}
    await world.do(page_somebody, world.ada, incident=incident.reference, reason="DNS", **named)
    assert await pages(world) == [("ben", 1, "ASKED"), ("chi", 1, "ASKED")]


async def test_a_service_is_paged_for_by_its_policy_else_by_that_of_the_organisation(world):
    ref = {"incident": (await declared(world)).reference}
    with pytest.raises(DomainError, match="Nobody is paged for Search API") as refused:
        await world.do(page_somebody, world.ada, service="search-api", **ref)
    assert refused.value.field == "service"
    await policy(world, step(world, "ben"), service="search-api")
    await policy(world, step(world, "chi"), name="All", service=None, fallback=True)
    await world.do(page_somebody, world.ada, service="search-api", **ref)
    await world.do(page_somebody, world.ada, service="checkout-api", **ref)
    assert await pages(world) == [("ben", 1, "ASKED"), ("chi", 1, "ASKED")]
    row = ids.encode("Service", world.services["search-api"].id)
    await world.do(save_service, world.dov, id=row, archived=True)
    with pytest.raises(DomainError, match="archived"):
        await world.do(page_somebody, world.ada, service="search-api", **ref)


async def test_whom_to_page_is_said_once_and_leads_to_somebody(world):
    await schedule(world, "chi")
    ref = {"incident": (await declared(world)).reference}
    for given in ({}, {"policy": "Payments", "service": "search-api"}, {"schedules": ["Primary"], "service": "x"}):
        with pytest.raises(DomainError, match="Say whom to page"):
            await world.do(page_somebody, world.ada, **ref, **given)
    with pytest.raises(DomainError, match="no schedule"):
        await world.do(page_somebody, world.ada, schedules=["Nights"], **ref)
    secret = await declared(world, actor="ben", visibility=Visibility.PRIVATE)
    with pytest.raises(DomainError, match="on call by Primary") as refused:
        await world.do(page_somebody, world.ben, incident=secret.reference, schedules=["Primary"])
    assert refused.value.field == "schedules.0"
    with pytest.raises(DomainError, match="private incident") as refused:
        await policy(world, step(world, "ben"))
        await world.do(page_somebody, world.ben, incident=secret.reference, service="checkout-api")
    assert refused.value.field == "service"
