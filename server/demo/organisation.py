"""The invented shop Quillhaven: eight people, three teams, four services, six components, a rule for alerts."""

from sqlalchemy import update

from actions.alerts.rules import save_routing_rule
from actions.catalogue.components import save_component
from actions.catalogue.people import save_user
from actions.catalogue.services import save_service
from actions.catalogue.teams import save_team
from core import ids
from models.organisation import Organisation
from models.words import AccessRole
from server.demo.story import Story

PEOPLE = (
    ("Ines Duarte", AccessRole.MANAGER),
    ("Teo Okafor", AccessRole.RESPONDER),
    ("Maja Lindqvist", AccessRole.RESPONDER),
    ("Ravi Menon", AccessRole.RESPONDER),
    ("Sofia Brandt", AccessRole.RESPONDER),
    ("Kenji Arai", AccessRole.RESPONDER),
    ("Lena Vogt", AccessRole.RESPONDER),
    ("Omar Haddad", AccessRole.VIEWER),
)
TEAMS = {
    "payments": ("Payments", ("teo", "maja"), "ines"),
    "storefront": ("Storefront", ("ravi", "sofia"), "sofia"),
    "platform": ("Platform", ("kenji", "lena", "ines"), "lena"),
}
COMPONENTS = (
    ("Storefront", "Shop", "Browsing, search and product pages"),
    ("Checkout", "Shop", "Baskets and orders"),
    ("Payments", "Shop", "Cards, wallets and invoices"),
    ("Order confirmation mail", "Messages", None),
    ("Delivery tracking", "Messages", None),
    ("Partner API", "For partners", None),
)
SERVICES = {
    "checkout-api": ("Checkout API", "payments", ("Checkout",)),
    "payment-gateway": ("Payment gateway", "payments", ("Payments",)),
    "web": ("Web storefront", "storefront", ("Storefront",)),
    "notifier": ("Notifier", "platform", ("Order confirmation mail", "Delivery tracking")),
}


async def found_organisation(story: Story) -> dict[str, str]:
    """Make everything above; the opaque ids of the components by name."""
    async with story.database.unit_of_work() as session:
        await session.execute(update(Organisation).values(name="Quillhaven"))
    for name, role in PEOPLE:
        email = f"{name.split()[0].lower()}@quillhaven.example"
        await story.do(save_user, None, name=name, email=email, access_role=role)
    await story.remember_people()
    for slug, (name, members, manager) in TEAMS.items():
        people = [story.id_of(member) for member in members]
        await story.do(save_team, None, slug=slug, name=name, members=people, manager=story.id_of(manager))
    components = {}
    for position, (name, group, description) in enumerate(COMPONENTS):
        row = await story.do(save_component, None, name=name, group=group, position=position, description=description)
        components[name] = ids.encode("Component", row.id)
    for slug, (name, owner, carried) in SERVICES.items():
        await story.do(
            save_service,
            None,
            slug=slug,
            name=name,
            owner=owner,
            components=[components[component] for component in carried],
            runbook_url=f"https://runbooks.quillhaven.example/{slug}",
        )
    await story.do(
        save_routing_rule,
        None,
        name="Critical alerts of the shop",
        matchers={"severity": "critical"},
        service="web",
        severity="SEV2",
    )
    return components
