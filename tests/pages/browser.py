"""One Chromium for many tests: it lives in a thread with an event loop of its own, so that every test's loop may serve.

Where there is none the tests are left out, saying so: `CHROMIUM` is None then.
"""

import asyncio
import shutil
import threading

from playwright.async_api import async_playwright

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WITHOUT = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "LensOverlay"),
    *("HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    "PreconnectToSearch",
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "InitialWebUI", "WebUIReloadButton", "WebUIToolbar"),
)
"""Features of the browser that nobody looks at here: those that Playwright leaves out, whose list ours replaces; and
the pages that Chromium draws its own buttons with, which take more of the processor than ours in each new window."""
CLOSES_WITHIN = 20.0
"""Seconds."""


class Chromium:
    """A running browser. `await chromium.do(coroutine)` runs a coroutine that talks to `chromium.browser`."""

    def __init__(self):
        self.browser = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chromium", daemon=True)
        self._thread.start()
        self._playwright = async_playwright()
        self._wait_for(self._open())

    async def do(self, coroutine):
        """What a coroutine returns that was run beside the browser, while the loop of the test goes on serving."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    def close(self):
        self._wait_for(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CLOSES_WITHIN)
        self._loop.close()

    async def _open(self):
        playwright = await self._playwright.__aenter__()
        self.browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, "--disable-features=" + ",".join(WITHOUT)]
        )

    async def _close(self):
        await self.browser.close()
        await self._playwright.__aexit__(None, None, None)

    def _wait_for(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)
