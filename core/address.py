"""IP addresses as connections name them."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(text: str) -> Address | None:
    """The address in a text, without its zone; an IPv4 address that is written as IPv6 is that IPv4 address.

    None if there is none: sockets of files and tests have no address.
    """
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def neighbourhood(text: str) -> str:
    """What an address is counted under: itself, or its /64, which is what one household gets with IPv6."""
    found = read_address(text)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return text if found is None else str(found)
