"""Browsers of people, and every doorway of the application: pages are acknowledged without signing in."""

from tests.console.lists.conftest import Browser
from tests.console.machinery.conftest import runtime, sits

__all__ = ["Browser", "runtime", "sits"]
