"""Which certificates are trusted by requests that this process makes."""

import functools
import ssl

import httpx


@functools.cache
def trusted() -> ssl.SSLContext:
    """The authorities that httpx trusts, read once a process: there are hundreds, and it takes 25 to 60 ms."""
    return httpx.create_ssl_context()
