"""What is possible here for whoever asks a vendor: requests alone, and requests with the least of ledgers.

The client is a process of its own, as the worker is; the vendor is the same one.
`python -m bench.outgoing_bare ADDRESS COUNT TASKS [DATABASE_URL]` is that process, and prints requests a second.
"""

import asyncio
import sys
import time

import asyncpg
import httpx

from bench.outgoing_pager import Pager

TABLE = "create table bare_ledger (id int primary key, state text not null default 'PENDING', done_at timestamptz)"
FILL = "insert into bare_ledger(id) select generate_series(1, $1::int)"
CLAIM = """
update bare_ledger set state = 'UNKNOWN' where id = (
  select id from bare_ledger where state = 'PENDING' order by id limit 1 for update skip locked) returning id
"""
MARK = "update bare_ledger set state = 'DONE', done_at = now() where id = $1"


def _body(number: int) -> dict:
    """What PagerDuty is sent, about as long."""
    details = {"incident": f"INC-{number}", "severity": "SEV1", "stage": "RESPONSE", "link": "http://127.0.0.1:8000"}
    payload = {"summary": "Checkout is down", "source": "Muster", "severity": "critical", "custom_details": details}
    return {"routing_key": "b" * 32, "event_action": "trigger", "dedup_key": f"muster-{number}", "payload": payload}


async def _posts(address: str, count: int, tasks: int) -> None:
    numbers = iter(range(count))

    async def some(client: httpx.AsyncClient) -> None:
        for number in numbers:
            (await client.post(f"{address}/v2/enqueue", json=_body(number))).raise_for_status()

    async with httpx.AsyncClient() as client:
        await asyncio.gather(*(some(client) for _ in range(tasks)))


async def _with_ledger(address: str, tasks: int, url: str) -> None:
    async def some(client: httpx.AsyncClient, pool: asyncpg.Pool) -> None:
        while (number := await pool.fetchval(CLAIM)) is not None:
            (await client.post(f"{address}/v2/enqueue", json=_body(number))).raise_for_status()
            await pool.execute(MARK, number)

    async with httpx.AsyncClient() as client, asyncpg.create_pool(url, min_size=tasks, max_size=tasks) as pool:
        await asyncio.gather(*(some(client, pool) for _ in range(tasks)))


async def _client(*arguments: str) -> float:
    """Requests a second of a client in a process of its own."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.outgoing_bare", *arguments, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await child.communicate()
    return float(said)


async def rates(url: str, count: int, tasks: int) -> tuple[float, float]:
    """Requests a second: alone, and each with a row that is claimed before and marked after it."""
    connection = await asyncpg.connect(url)
    await connection.execute(TABLE)
    await connection.execute(FILL, count)
    await connection.close()
    pager = Pager()
    async with pager.served():
        alone = await _client(pager.address, str(count), str(tasks))
        return alone, await _client(pager.address, str(count), str(tasks), url)


def main(address: str, count: str, tasks: str, url: str | None = None) -> None:
    """Be the client."""
    began = time.monotonic()
    asyncio.run(_with_ledger(address, int(tasks), url) if url else _posts(address, int(count), int(tasks)))
    print(int(count) / (time.monotonic() - began))


if __name__ == "__main__":
    main(*sys.argv[1:])
