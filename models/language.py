"""The languages that the public page speaks. One joins with its catalogue: statuspage/locale/<code>."""

from enum import StrEnum


class PageLanguage(StrEnum):
    """Codes of BCP 47, in small letters as `<html lang>` has them."""

    EN = "en"
    DE = "de"
