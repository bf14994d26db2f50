"""The organisation in Settings: what is changed meanwhile is shown beside what was written; logos are uploaded."""

import struct
import zlib

from sqlalchemy import select

from actions.branding.organisation import save_organisation
from models.learning import BlamePhrase
from models.logo import PageLogo
from models.organisation import Organisation
from tests.console.desk import OURS

PATH = "/console/settings/organisation"


def png(width, height):
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress(b"".join(b"\0" + b"\r\n\0" * width for _ in range(height)))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def row_of(world):
    async with world.database.reading() as reader:
        return await reader.row(Organisation, select(Organisation))


async def logos(world):
    async with world.database.reading() as reader:
        return await reader.rows(PageLogo, select(PageLogo))


async def test_it_is_changed_with_its_phrases(world, ada, ben):
    await ada.read(PATH)
    phrases = {"blame_phrases.1.phrase": "forgot", "blame_phrases.1.suggestion": "it was not done"}
    await ada.send(PATH, name="Quillhaven", time_zone="Europe/Berlin", support_url="mailto:help@q.example", **phrases)
    row = await row_of(world)
    assert (row.name, row.time_zone, row.support_url) == ("Quillhaven", "Europe/Berlin", "mailto:help@q.example")
    async with world.database.reading() as reader:
        assert [each.phrase for each in await reader.rows(BlamePhrase, select(BlamePhrase))] == ["forgot"]
    said = await ben.read(PATH)
    assert "Quillhaven" in said
    assert "admins may change it" in said
    assert "<form" not in ben.page.text
    for address in (PATH, f"{PATH}/logo"):
        assert "administer" in (await ben.send(address, 403, form={}, name="Mine")).text


async def test_aims_are_written_as_people_say_them(world, ada):
    given = {"name": "Quillhaven", "time_zone": "Europe/Berlin"}
    rows = {"aims.0.metric": "mtta", "aims.0.value": "5 min", "aims.1.metric": "promises_kept", "aims.1.value": "95 %"}
    await ada.read(PATH)
    await ada.send(PATH, **given, **rows)
    assert (await row_of(world)).aims == {"mtta": 300.0, "promises_kept": 0.95}
    await ada.read(PATH)
    assert 'value="5 min"' in ada.page.text
    assert 'value="95 %"' in ada.page.text
    refused = await ada.send(PATH, 422, **given, **{"aims.0.metric": "mtta", "aims.0.value": "soon"})
    assert "This is no aim for" in refused.text
    assert 'value="soon"' in refused.text


async def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(world, ada):
    await ada.read(PATH)
    refused = await ada.send(PATH, 422, accent_light="#ffff00", name="Kept")
    assert "has a contrast of" in refused.text
    assert "is near it and can be read" in refused.text
    assert (ada.form(PATH)["accent_light"], ada.form(PATH)["name"]) == ("#ffff00", "Kept")
    assert (await row_of(world)).accent_light is None


async def test_a_change_meanwhile_shows_both_and_saving_again_replaces_it(world, ada):
    await ada.read(PATH)
    await world.do(save_organisation, world.ada, name="Theirs")
    refused = await ada.send(PATH, 409, name="Mine")
    assert "Saved meanwhile" in refused.text
    assert "Name: Theirs" in refused.text
    assert "Name: Mine" in refused.text
    assert "Time zone" not in refused.text.split("Saved meanwhile")[1].split("</pre>")[0], "only what differs"
    assert (await row_of(world)).name == "Theirs"
    await ada.send(PATH)
    assert (await row_of(world)).name == "Mine"


async def test_a_refusal_for_another_reason_does_not_hide_a_change_meanwhile(world, ada):
    await ada.read(PATH)
    await ada.send(PATH, 422, accent_light="blue")
    await world.do(save_organisation, world.ada, name="Theirs")
    await ada.send(PATH, 409, accent_light="", name="Mine")
    assert (await row_of(world)).name == "Theirs"


async def test_logos_are_uploaded_shown_and_taken_away(world, ada):
    await ada.read(PATH)
    content = png(64, 32)
    given = {"data": {"theme": "LIGHT"}, "files": {"image": ("logo.png", content, "image/png")}, "headers": OURS}
    assert (await ada.client.post(f"{PATH}/logo", **given)).status_code == 303
    (logo,) = await logos(world)
    assert (logo.content, logo.width, logo.height) == (content, 64, 32)
    await ada.read(PATH)
    assert "data:image/png;base64," in ada.page.text
    for image in (b"GIF89a", b"\0" * 200_000, b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"):
        given["files"] = {"image": ("logo.svg", image, "image/svg+xml")}
        refused = await ada.client.post(f"{PATH}/logo", **given)
        assert refused.status_code == 422
        assert 'id="fault-logo"' in refused.text
    too_much = await ada.client.post(f"{PATH}/logo", **{**given, "files": {"image": ("l.png", b"\0" * 600_000)}})
    assert "more than a form may hold" in too_much.text
    cut = {"Content-Type": "multipart/form-data; boundary=x", **OURS}
    assert "read" in (await ada.client.post(f"{PATH}/logo", content=b"--x\r\nbad", headers=cut)).text
    nothing = await ada.client.post(f"{PATH}/logo", data={"theme": "LIGHT"}, headers=OURS)
    assert "No file was chosen" in nothing.text
    away = {"theme": "LIGHT", "remove": "yes"}
    assert (await ada.client.post(f"{PATH}/logo", data=away, headers=OURS)).status_code == 303
    assert await logos(world) == []
