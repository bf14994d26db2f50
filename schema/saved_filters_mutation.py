"""The changes of what somebody keeps for themselves."""

import strawberry

from actions.saved_filters import delete_filter, save_filter
from resolvers.fields import batched
from resolvers.mutations.fields import made, mutation
from resolvers.mutations.perform import of_input
from schema.inputs.saved_filters import DeleteFilterInput, SaveFilterInput
from schema.payloads import DeletePayload, Payload
from schema.types.saved_filter import SavedFilter


@strawberry.type(description="A filter that was kept.")
class SavedFilterPayload(Payload):
    saved_filter: SavedFilter = batched(made("SavedFilter"), description="The filter as it is now.")


@strawberry.type
class SavedFiltersMutation:
    save_filter: SavedFilterPayload | None = mutation(
        save_filter, SaveFilterInput, description="Keep a filter of incidents under a name, for yourself."
    )
    delete_filter: DeletePayload | None = mutation(
        delete_filter,
        DeleteFilterInput,
        key=of_input("id"),
        description="Forget one of your filters.",
    )
