"""Networks that a credential may be used from, in CIDR notation (RFC 4632, RFC 4291 §2.3)."""

import ipaddress
from collections.abc import Iterable

from core.address import read_address
from core.errors import invalid

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST = 20
"""Networks of one credential: each is looked at on every request."""


def read_networks(networks: Iterable[str], field: str) -> list[str]:
    """Networks in one spelling, each once. INVALID_INPUT for one that is none, and for none or too many."""
    found: list[str] = []
    for position, text in enumerate(networks):
        try:
            network = str(ipaddress.ip_network(text.strip()))
        except ValueError as error:
            hint = "Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32; no bits may be set beyond the prefix."
            raise invalid(f"{field}.{position}", f"{text[:60]!r} is not a network.", hint) from error
        if network not in found:
            found.append(network)
    if not 1 <= len(found) <= MOST:
        raise invalid(field, f"There must be 1 to {MOST} networks.", "Leave it out, or send null, for any address.")
    return found


def within(address: str, networks: Iterable[Network] | None) -> bool:
    """Whether an address lies in one of some networks; every address does if there is no list (None)."""
    if networks is None:
        return True
    found = read_address(address)
    return found is not None and any(found in network for network in networks)
