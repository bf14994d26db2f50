"""How doubles of trackers post what happens to their issues: signed, each delivery with an id of its own."""

import hashlib
import hmac
import itertools
import json

SECRET = "hook-secret"


def signature(body, secret=SECRET):
    """What both trackers put before and make of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Posting:
    """`posted`: the headers and bodies that the webhook is to be sent, in order."""

    field, delivery = "x-hub-signature", "x-delivery"

    def __init__(self):
        super().__init__()
        self.posted, self._numbers, self.secret = [], itertools.count(1), SECRET

    def post(self, payload, **headers):
        """Something happened: the webhook is to be told."""
        body = json.dumps(payload).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        number = f"delivery-{next(self._numbers)}"
        self.posted.append(({self.field: signature(body, self.secret), self.delivery: number, **named}, body))
