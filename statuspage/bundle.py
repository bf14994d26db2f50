"""The public page as files: what a CDN, nginx or a bucket serves while nothing of Muster runs."""

from dataclasses import dataclass

from statuspage import answer
from statuspage.body import QUALITY, Body
from statuspage.static_files import FILES

BEST = 11
"""Of brotli, for what never changes."""

COMPRESSIBLE = 256
"""Bytes below which compression is not worth a file."""


@dataclass(frozen=True, slots=True)
class File:
    """One address of the page: its bytes, plain and compressed, and how they are to be sent."""

    address: str
    body: Body
    media_type: str
    caching: str = answer.FRESH
    folder: str = ""
    """In which it lies beside our own page's files, with a slash at its end; empty for those."""

    @classmethod
    def of(cls, address: str, content: bytes, media_type: str, caching: str = answer.FRESH) -> "File":
        """A file from its content."""
        quality = BEST if caching == answer.FOR_EVER else QUALITY
        return cls(address, Body.of(content, quality), media_type, caching)

    @property
    def name(self) -> str:
        """Its name in a folder: `/` is `index.html`, and pages without an extension get `.html`.

        So `try_files $uri $uri.html` finds `/history` and `/incidents/INC-1`, and every server knows the types.
        """
        if self.address == "/":
            return f"{self.folder}index.html"
        plain = self.folder + self.address.removeprefix("/")
        typed = "." in plain.rpartition("/")[2]
        return plain if typed or self.media_type != answer.HTML else f"{plain}.html"

    @property
    def key(self) -> str:
        """Its key in a bucket, where types are told by the upload: the address itself, but for `index.html`."""
        return self.folder + ("index.html" if self.address == "/" else self.address.removeprefix("/"))

    @property
    def fixed(self) -> bool:
        """Whether it is named by what is in it, and never changes."""
        return self.caching == answer.FOR_EVER

    def variants(self) -> dict[str, bytes]:
        """The files to write by their names: plain, `.gz` and `.br`."""
        plain = {self.name: self.body.plain}
        if len(self.body.plain) < COMPRESSIBLE:
            return plain
        return {**plain, f"{self.name}.gz": self.body.zipped, f"{self.name}.br": self.body.brotli}


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that the public can see, as of one snapshot of the database.

    `cursor`: the newest event in it. `matter`: from what it was rendered, to render it once more when the database is
    gone (statuspage.kept).
    """

    cursor: int
    files: dict[str, File]
    matter: dict[str, bytes]

    @property
    def size(self) -> int:
        """Bytes of all files, uncompressed."""
        return sum(len(file.body.plain) for file in self.files.values())


STATIC = {path: File.of(path, file.content, file.media_type, answer.FOR_EVER) for path, file in FILES.items()}
"""The style sheet and the icon."""
