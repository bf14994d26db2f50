"""Keeps user-given addresses from reaching into our own network (SSRF): only public addresses are connected to.

The name is resolved once, every address it has is judged, and the caller connects to the one that was judged, so that a
name that changes its mind in between (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address

NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that the Internet routes (RFC 4291 §2.4): what is added later is refused until somebody looks at it."""
SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")))
"""IANA's special purposes (RFC 6890, 7526, 9637) that `ipaddress` takes for public in some of the Pythons that we run
on; some clouds serve credentials at 192.0.0.192."""
RESOLVE_SECONDS = 5.0


class ForbiddenAddressError(Exception):
    """The name leads to an address that is not public."""


class UnresolvableError(Exception):
    """The name leads nowhere, or nobody says so in time."""


def is_public(address: IPv4 | IPv6) -> bool:
    """Whether an address, and any that is hidden in it, is one of the public Internet."""
    if isinstance(address, IPv6):
        hidden = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if hidden is None and any(address in network for network in NAT64):
            hidden = IPv4(int(address) & 0xFFFF_FFFF)
        if hidden is not None:
            return is_public(hidden)
        if address not in GLOBAL_UNICAST:
            return False
    if any(address in network for network in SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def resolve(host: str, port: int, *, allow_private: bool = False) -> str:
    """An address of `host` to connect to.

    ForbiddenAddressError if any of its addresses is not public, unless that is allowed; UnresolvableError without any.
    """
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # a TimeoutError is an OSError
        raise UnresolvableError(f"can't find {host}: {error or type(error).__name__}") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not allow_private and not is_public(ipaddress.ip_address(address.partition("%")[0])):
            raise ForbiddenAddressError(f"{host} leads to {address}, which is not a public address")
    return addresses[0]
