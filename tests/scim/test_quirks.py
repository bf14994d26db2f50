"""Requests as Microsoft Entra and Okta send them."""

WORK = 'emails[type eq "work"].value'
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


async def test_entra_enrols_changes_and_deactivates(scim):
    made = await scim.ok(
        "POST",
        "/Users",
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
            "externalId": "0a21f0f2",
            "userName": "fay@quillhaven.example",
            "active": "True",
            "displayName": "Fay Moss",
            "emails": [{"primary": True, "type": "work", "value": "fay@quillhaven.example"}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "Fay Moss", "familyName": "Moss", "givenName": "Fay"},
            "roles": [{"primary": "True", "value": "viewer", "display": "Viewer"}],
            ENTERPRISE: {"department": "IT"},
        },
        201,
    )
    path = f"/Users/{made['id']}"
    assert (made["active"], made["roles"]) == (True, [{"value": "viewer"}])
    shown = await scim.patch(
        path,
        {"op": "Replace", "path": "displayName", "value": "Fay M."},
        {"op": "Replace", "path": "userName", "value": "fay.moss@quillhaven.example"},
        {"op": "Replace", "path": WORK, "value": "fay.moss@quillhaven.example"},
        {"op": "Add", "path": "name.familyName", "value": "M."},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Ops"},
        {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "1"},
        {"op": "Replace", "path": 'roles[primary eq "True"].value', "value": "manager"},
    )
    assert (shown["displayName"], shown["userName"]) == ("Fay M.", "fay.moss@quillhaven.example")
    assert shown["emails"][0]["value"] == "fay.moss@quillhaven.example"
    assert (shown["name"]["familyName"], shown["roles"]) == ("M.", [{"value": "manager"}])
    added = await scim.patch(path, {"op": "Add", "path": "roles", "value": [{"value": "viewer"}]})
    assert added["roles"] == [{"value": "viewer"}]
    off = await scim.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    assert off["active"] is False
    assert await scim.found("/Users", 'externalId eq "0a21f0f2"') == [made["id"]]


async def test_okta_replaces_without_a_path(scim):
    made = await scim.user()
    path = f"/Users/{made['id']}"
    given = {"id": made["id"], "active": False, "title": "x", "name.givenName": "Fay"}
    shown = await scim.patch(path, {"op": "replace", "value": given})
    assert (shown["active"], shown["name"]) == (False, {"givenName": "Fay"})
    put = {**made, "displayName": "F", "password": "x", "groups": [], "locale": "en-US"}
    shown = await scim.ok("PUT", path, put)
    assert (shown["active"], shown["displayName"]) == (True, "F")


async def test_members_are_named_in_every_way(scim, world):
    ben, eve = world.id_of("ben"), world.id_of("eve")
    group = await scim.group(members=[ben])
    path = f"/Groups/{group['id']}"

    async def after(*operations):
        shown = await scim.patch(path, *operations)
        return [each["value"] for each in shown.get("members", [])]

    assert await after({"op": "Add", "path": "members", "value": [{"value": eve}]}) == [ben, eve]
    assert await after({"op": "Remove", "path": "members", "value": [{"value": ben}]}) == [eve]
    assert await after({"op": "add", "path": "members", "value": {"value": ben, "display": "Ben"}}) == [ben, eve]
    assert await after({"op": "remove", "path": f'members[value eq "{eve}"]'}) == [ben]
    assert await after({"op": "replace", "value": {"id": group["id"], "displayName": "New"}}) == [ben]
    assert await after({"op": "replace", "value": {"members": [{"value": eve}]}}) == [eve]
    assert await after({"op": "add", "value": {"members": [{"value": ben}]}}) == [ben, eve]
    assert await after({"op": "remove", "path": 'members[type eq "User"]'}) == []
    assert (await scim.ok("GET", path))["displayName"] == "New"
