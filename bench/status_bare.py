"""The least that uvicorn can do: an application that returns the bytes of a file, whatever is asked.

`python -m bench.status_bare`; BENCH_BYTES names the file, BENCH_CODING its content coding.
"""

import os
from pathlib import Path
from typing import Any

import uvicorn

CONTENT = Path(os.environ["BENCH_BYTES"]).read_bytes() if "BENCH_BYTES" in os.environ else b""
FIELDS = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-length", str(len(CONTENT)).encode()),
    (b"content-encoding", os.environ.get("BENCH_CODING", "identity").encode()),
]


async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """ASGI."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": FIELDS})
        await send({"type": "http.response.body", "body": CONTENT})


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["MUSTER_PORT"]),
        log_level="warning",
        access_log=False,
        lifespan="off",
    )
