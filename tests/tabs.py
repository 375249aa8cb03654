"""Tabs of one window of a headless Chromium, so that one hides the others.

Pages of Playwright's contexts are always visible: `bring_to_front`, a minimised window and `Page.setWebLifecycleState` leave them so.
Tabs of the browser's own context are not; Playwright ignores those, so we speak to them by the DevTools protocol
(https://chromedevtools.github.io/devtools-protocol/tot/Target/).
"""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

from playwright.async_api import CDPSession


class Tab:
    """One tab: `window = await browser.new_browser_cdp_session(); tab = await Tab.open(window)`."""

    def __init__(self, window: CDPSession, target: str, session: str) -> None:
        self._window = window
        self._target = target
        self._session = session
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        window.on("Target.receivedMessageFromTarget", self._heard)

    @classmethod
    async def open(cls, window: CDPSession) -> Tab:
        """An empty tab, in front of the others."""
        target = (await window.send("Target.createTarget", {"url": "about:blank"}))["targetId"]
        attached = await window.send("Target.attachToTarget", {"targetId": target, "flatten": False})
        return cls(window, target, attached["sessionId"])

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a command of the DevTools protocol."""
        number = next(self._numbers)
        self._waiting[number] = answer = asyncio.get_running_loop().create_future()
        message = json.dumps({"id": number, "method": method, "params": params})
        await self._window.send(
            "Target.sendMessageToTarget", {"sessionId": self._session, "message": message}
        )
        said = await answer
        assert "error" not in said, said
        return said["result"]

    async def evaluate(self, expression: str) -> Any:
        """Its value in the tab."""
        said = await self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    async def until(self, expression: str, seconds: float = 60) -> None:
        """Returns once this holds in the tab."""
        async with asyncio.timeout(seconds):
            while not await self.evaluate(expression):
                await asyncio.sleep(0.05)

    async def goto(self, url: str, script: str) -> None:
        """Opens a page, with a script before its own."""
        await self.send("Page.enable")
        await self.send("Page.addScriptToEvaluateOnNewDocument", source=script)
        await self.send("Page.navigate", url=url)

    async def front(self) -> None:
        """Shows this tab, and hides that which was to be seen."""
        await self._window.send("Target.activateTarget", {"targetId": self._target})

    async def close(self) -> None:
        """Closes the tab."""
        await self._window.send("Target.closeTarget", {"targetId": self._target})

    def _heard(self, event: dict[str, Any]) -> None:
        if event["sessionId"] == self._session:
            message = json.loads(event["message"])
            if waits := self._waiting.pop(message.get("id", 0), None):
                waits.set_result(message)
