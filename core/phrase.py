"""A sentence with gaps that remembers how it was put together, so that a doorway can say it in another language."""


class Phrase(str):
    """The sentence in English, filled in. `message` is what stands in catalogues, `values` what fills its gaps."""

    __slots__ = ("message", "values")

    message: str
    values: dict[str, object]


def phrase(message: str, /, **values: object) -> Phrase:
    """A sentence with gaps like `%(name)s`; a lone per cent sign is written `%%`."""
    made = Phrase(message % values)
    made.message, made.values = message, values
    return made
