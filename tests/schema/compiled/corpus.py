"""Every case in which the two executors ever differed, to be tried for good."""

from tests.schema.compiled.both import Case

CORPUS: dict[str, Case] = {
    "fields without arguments went the long way": Case("{ person { team { name } } }"),
}
