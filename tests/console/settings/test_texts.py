"""Severities, runbooks and components in Settings: versions, conflicts, previews, what may not be archived."""

from sqlalchemy import func, select

from actions.alerts.rules import save_routing_rule
from actions.catalogue.severities import save_severity
from actions.declarations import declare_incident
from actions.runbooks.saving import save_runbook
from core.ids import encode
from models.incident import Incident
from models.runbook import Runbook
from models.severity import Severity, SeverityVersion
from tests.schema.client import Statements

SEV1 = f"/console/settings/severities/{encode('Severity', 1)}"


async def sev(world, key=1):
    async with world.database.reading() as reader:
        current = select(SeverityVersion).join(Severity, Severity.current_version_id == SeverityVersion.id)
        return await reader.row(SeverityVersion, current.where(Severity.id == key))


async def test_a_severity_in_use_keeps_its_version_and_asks_for_its_name(world, ada):
    incident = await world.do(declare_incident, world.ada, title="Down", severity="SEV1")
    before = await sev(world)
    said = await ada.read(SEV1)
    assert "It touches incidents that are declared, or changed to this severity, from now on" in said
    await ada.send(SEV1, **{"obligations-internal_cadence_minutes": "5"})
    after = await sev(world)
    assert (after.version, after.internal_cadence_minutes) == (before.version + 1, 5)
    async with world.database.reading() as reader:
        kept = await reader.row(Incident, select(Incident).where(Incident.id == incident.id))
    assert kept.severity_version_id == before.id
    await ada.read(SEV1)
    await ada.send(f"{SEV1}/part", 422, confirm="SEV2")
    await ada.send(f"{SEV1}/part", 422)
    assert not (await sev(world)).archived
    await world.do(save_routing_rule, world.ada, name="All", matchers={}, severity="SEV1")
    await ada.read(SEV1)
    refused = await ada.send(f"{SEV1}/part", 409, confirm="SEV1")
    assert "The routing rule &#39;All&#39; still points to it." in refused.text


async def test_a_severity_that_was_changed_meanwhile_shows_both(world, ada):
    await ada.read(SEV1)
    await world.do(save_severity, world.ada, id=encode("Severity", 1), definition="Theirs.")
    refused = await ada.send(SEV1, 409, definition="Mine.")
    shown = refused.text.split("Saved meanwhile")[1]
    assert "Definition: Theirs." in shown
    assert "Definition: Mine." in shown
    assert "Saving then replaces" in refused.text
    await ada.send(SEV1)
    row = await sev(world)
    assert (row.definition, row.version) == ("Mine.", 3)


async def test_a_rank_that_is_taken_says_so_at_the_field(ada):
    await ada.read(SEV1)
    refused = await ada.send(SEV1, 409, rank="2")
    assert "SEV2 has rank 2 already." in refused.text
    marked = refused.text.split('aria-invalid="true"')
    assert 'name="rank"' in marked[0][-300:]


async def test_a_runbook_is_read_before_it_is_saved(world, ada, ben):
    path = "/console/settings/runbooks/new"
    await ada.read(path)
    body = "# First\n\nLook at <b>the queue</b>.\n\n- [ ] Drain it"
    page = await ada.send(path, 200, name="Queue", body=body, _preview="yes")
    assert "<h3>First</h3>" in page.text
    assert "&lt;b&gt;the queue" in page.text
    assert ada.form(path)["body"] == body
    async with world.database.reading() as reader:
        assert await reader.scalar(select(func.count()).select_from(Runbook)) == 0
    address = (await ada.send(path)).headers["location"].partition("?")[0]
    await ada.read(address)
    page = await ada.send(address, 200, body="Other *words*", _preview="yes")
    assert "<em>words</em>" in page.text
    await world.do(save_runbook, world.ada, id=address.rpartition("/")[2], body="Theirs")
    refused = await ada.send(address, 409, body="Mine")
    assert "What to do: Theirs" in refused.text
    assert "Theirs" in await ben.read(address)
    await ben.send(address, 403, form={"body": "Mine", "_preview": "yes"})


async def test_a_service_has_an_owner_components_and_curves(world, ada):
    path = f"/console/settings/services/{encode('Service', world.services['checkout-api'].id)}"
    await ada.read(path)
    assert ada.form(path)["components"] == [encode("Component", world.components["checkout"].id)]
    search = encode("Component", world.components["search"].id)
    await ada.send(path, components=[search], owner=encode("Team", world.teams["platform"].id))
    assert "Platform Search" in await ada.read("/console/settings/services")
    metric = {"metrics.0.name": "Errors", "metrics.0.query": "sum(rate(errors[5m]))"}
    await ada.read(path)
    refused = await ada.send(path, 422, **metric)
    assert 'name="metrics.0.integration"' in refused.text
    assert ada.form(path)["metrics.0.query"] == "sum(rate(errors[5m]))"


async def test_a_list_takes_as_many_statements_for_many_as_for_one(world, ada):
    taken = []
    for turn in range(3):
        counted = []
        for area in ("teams", "people", "services", "components", "severities", "roles", "runbooks", "routing"):
            with Statements(world.database) as statements:
                await ada.read(f"/console/settings/{area}")
            counted.append(len(statements.seen))
        taken.append(counted)
        for n in range(5):
            fit = {"service": "checkout-api", "severity": "SEV2"}
            await world.do(save_runbook, world.ada, name=f"R{turn}{n}", body="Look.", **fit)
            await world.do(save_routing_rule, world.ada, name=f"R{n}", matchers={}, service="search-api")
    more = [now - before for before, now in zip(*taken[1:], strict=True)]
    assert max(more) == 0
    assert max(taken[2]) <= 12, taken
