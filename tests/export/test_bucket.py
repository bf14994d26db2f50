"""A bucket of a real S3 server: types, order, only what has changed, and one publisher at a time."""

import hashlib

import pytest
from obstore import get, put
from obstore import list as listing
from sqlalchemy import update

from core.publication import OvertakenError
from integrations.bucket import CLAIM, Bucket, BucketError, open_store
from jobs.export_places import BucketPlace
from models.incident import Incident
from models.words import Visibility
from statuspage.answer import FOR_EVER, FRESH
from statuspage.builder import Builder
from statuspage.static_files import STYLE
from tests.export.conftest import settings_of
from tests.server.processes import free_port
from tests.statuspage.conftest import BASE
from tests.telling import make_incident, tell


def keys(store):
    return {each["path"] for some in listing(store) for each in some}


@pytest.fixture
def store(bucket):
    """The bucket, to look into it."""
    settings = settings_of(**bucket)
    return open_store(settings, settings.export_bucket)


async def publish(place, builder, database, changed=None):
    held = await place.held()
    return await place.publish(held, await builder.build(database, changed))


async def test_every_address_is_an_object_with_its_type(named, bucket, store):
    await named.do(make_incident, 7)
    await tell(named, 7, body="Orders fail.")
    place = BucketPlace(settings_of(**bucket))
    written = await publish(place, Builder(BASE), named.database)
    assert written.changed == written.files
    assert keys(store) >= {"index.html", "history", "incidents/INC-7", "status.json", "history.atom", "404", CLAIM}
    page = get(store, "incidents/INC-7")
    assert page.attributes["Content-Type"] == "text/html; charset=utf-8"
    assert page.attributes["Cache-Control"] == FRESH
    assert b"Orders fail." in bytes(page.bytes())
    style = get(store, STYLE.path.lstrip("/"))
    assert style.attributes["Cache-Control"] == FOR_EVER


async def test_only_what_has_changed_is_uploaded_and_what_is_gone_is_deleted(named, bucket, store):
    for key in (7, 8):
        await named.do(make_incident, key)
        await tell(named, key)
    place, builder = BucketPlace(settings_of(**bucket)), Builder(BASE)
    await publish(place, builder, named.database)
    again = await BucketPlace(settings_of(**bucket)).publish(
        await place.held(), await builder.build(named.database, set())
    )
    assert again.changed < again.files
    put(store, "old-page", b"of an earlier version")
    async with named.database.unit_of_work() as session:
        await session.execute(update(Incident).where(Incident.id == 7).values(visibility=Visibility.PRIVATE))
    written = await publish(place, builder, named.database, {7})
    assert written.removed == 2
    assert "incidents/INC-7" not in keys(store)
    assert "incidents/INC-8" in keys(store)


async def test_an_object_that_somebody_changed_is_put_right(named, bucket, store):
    place, builder = BucketPlace(settings_of(**bucket)), Builder(BASE)
    await publish(place, builder, named.database)
    put(store, "404", b"vandals")
    await publish(place, builder, named.database, set())
    found = bytes(get(store, "404").bytes())
    assert hashlib.sha256(found).digest() != hashlib.sha256(b"vandals").digest()


async def test_an_older_bundle_never_replaces_a_newer_one(named, bucket, store):
    slow, quick = BucketPlace(settings_of(**bucket)), BucketPlace(settings_of(**bucket))
    held = await slow.held()
    old = await Builder(BASE).build(named.database)
    await named.do(make_incident, 7)
    await tell(named, 7, body="Orders fail.")
    await publish(quick, Builder(BASE), named.database)
    with pytest.raises(OvertakenError):
        await slow.publish(held, old)
    assert b"Orders fail." in bytes(get(store, "index.html").bytes())


@pytest.mark.parametrize("wrong", [{"STATUSPAGE_EXPORT": "s3://nowhere/page"}, {"AWS_ENDPOINT_URL": "port"}])
async def test_a_bucket_that_is_not_there_is_told_in_a_line(named, bucket, wrong):
    if "AWS_ENDPOINT_URL" in wrong:
        wrong = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
    place = BucketPlace(settings_of(**{**bucket, **wrong}))
    with pytest.raises(BucketError) as told:
        await publish(place, Builder(BASE), named.database)
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)


async def test_a_claim_of_somebody_else_is_named(bucket, store):
    put(store, CLAIM, b"not ours")
    with pytest.raises(BucketError, match=CLAIM):
        await Bucket(settings_of(**bucket)).held()
