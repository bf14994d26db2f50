"""Status pages through the API: our own, and a further one that is made, opened by link, closed and archived."""


async def keep_pages(do) -> None:
    """Every change of a page, by `do(mutation, noun, **input)`."""
    await do("saveOrganisation", "organisation", name="Quillhaven", language="en")
    await do("saveLogo", "organisation", image=None)
    page = await do("saveStatusPage", "page", slug="emea", name="EMEA", access="LINK", hosts=["a.example.org"])
    await do("saveLogo", "page", image=None, page=page["id"])
    await do("createPageLink", "link", page=page["id"], note="Auditors")
    await do("revokePageLinks", "page", page=page["id"])
    await do("archiveStatusPage", "page", id=page["id"])
