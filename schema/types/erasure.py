"""What the erasure of a person would do."""

import strawberry

from resolvers.fields import column


@strawberry.type(description="Something of a person that goes when they are erased.")
class ErasedOfPerson:
    what: str = column("What it is, in words.")
    count: int | None = column("How many there are; null: they hang on incidents, of which you may not see all.")


@strawberry.type(description="A row that names a person in what somebody wrote. It stays until somebody erases it.")
class PersonMention:
    place: str = column("Its table, and the columns that name them: `status_update.body`.")
    key: str = column("Its primary key, as the database has it.")
    incident: str | None = column("The incident that it belongs to: `INC-7`.")
    event: strawberry.ID | None = column("What to name to `eraseText` as `event`, if that can erase it.")
    update: strawberry.ID | None = column("What to name to `eraseText` as `update`.")
    maintenance_update: strawberry.ID | None = column("What to name to `eraseText` as `maintenanceUpdate`.")


@strawberry.type(description="What erasing a person would do. Nothing was done.")
class ErasurePreview:
    refusals: list[str] = column("What stands against it, each in words; empty: they can be erased.")
    erased: list[ErasedOfPerson] = column("What would go, beside name and address.")
    mentions: list[PersonMention] = column(
        "What people and vendors wrote that names them, by name, address or number, as far as you may see it: at most"
        " 50 rows of a table. A person has to judge it: a namesake is found, too, and nobody is found by a nickname."
    )
    mention_count: int = column("How many such rows there are.")
    unread: list[str] = column(
        "Tables that took too long to search, or may not be searched by a credential that is limited to people;"
        " `muster person erase --dry-run` searches them."
    )
