"""`python -m server`: the same as `muster`."""

from server.cli import main

main(prog_name="muster")
