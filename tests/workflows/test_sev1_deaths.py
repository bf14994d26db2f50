import pytest, time
from tests.workflows.sev1 import sev1, ONCE

async def test_x(works):
    async with sev1(works) as house:
        for n in range(3):
            t=time.time()
            house.trouble()
            incident = await works.declare(title=f"Checkout {n}.")
            await house.settle()
            await house.go_on(incident)
            await house.settle()
            print(time.time()-t, len(house.chat.asked)+len(house.tickets.asked)+len(house.pager.asked))
            print(house.arrived(incident))
            print(await works.became("sev1") if n == 0 else "")
            print(house.chat.plan, house.tickets.does, house.pager.does)
            assert house.arrived(incident) == ONCE
