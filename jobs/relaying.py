"""`muster relay`: a relay in a process of its own."""

import logging

from core.settings import Settings
from jobs.broker import connector
from jobs.carriers.carrier import CarrierError, carrier_of
from jobs.ending import End
from jobs.relay import Relay

log = logging.getLogger("muster")


def check_broker(url: str) -> str | None:
    """Whether the broker of an address can be used; in words why it can't at present, None if it can.

    CarrierError for what stays wrong until somebody changes it: a password, a certificate, a package that is missing.
    """
    try:
        carrier_of(url).outbox("check", ()).close()
    except CarrierError as error:
        if error.lasting:
            raise
        return str(error)
    return None


def run_relay(settings: Settings, url: str) -> None:
    """Publish due jobs to the broker of BROKER_URL until SIGTERM or SIGINT. Call it from the main thread."""
    end = End()
    carrier = carrier_of(settings.broker or "")
    relay = Relay(connector(settings.direct(url)), carrier)
    relay.start()
    log.info("relay: publishes to %s", carrier.where)
    end.wait()
    log.info("relay: stopping")
    relay.stop()
