"""What an examination found."""

Finding = tuple[bool | None, str]
"""Whether something is as it should be (None: it should be looked after), and one line."""

SAID = {True: "ok  ", None: "warn", False: "BAD "}
IN_JSON = {True: "ok", None: "warn", False: "bad"}
