"""Takes docs/screenshots/*.png: pages of three examples at three widths, light and dark, in a headless Chromium.

Run with `python docs/screenshots.py [CHROMIUM]`. It fails where a page says anything on the console, asks for anything
beside itself, is wider than its window, is not dark in the dark, or takes more than two sheets of A4 or Letter.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from microcycle import load_request, plan_week
from microcycle.export.formats import PLAIN
from microcycle.export.page import to_page

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(__file__).with_suffix("")
EXAMPLES = ("jamie", "marathon", "coach")
WIDTHS = (360, 768, 1280)
SCHEMES = ("light", "dark")
TALLEST = 1600
PAPERS = {"A4": (8.27, 11.69), "Letter": (8.5, 11.0)}
"""Inches."""
MOST_SHEETS = 2
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
TROUBLE = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
FACTS = (
    "[innerWidth, document.documentElement.scrollWidth, document.documentElement.scrollHeight, "
    "matchMedia('(prefers-color-scheme: dark)').matches, getComputedStyle(document.documentElement).backgroundColor]"
)


PALETTE = """async data => {
  const image = new Image(); image.src = data; await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), {width: image.width, height: image.height});
  const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) || 0) + 1);
  const kept = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 256).map(entry => entry[0]);
  const parts = pixel => [pixel & 255, pixel >> 8 & 255, pixel >> 16 & 255];
  const near = new Map();
  for (const pixel of counts.keys()) {
    const far = kept.map(other => parts(other).reduce((sum, n, at) => sum + (n - parts(pixel)[at]) ** 2, 0));
    near.set(pixel, far.indexOf(Math.min(...far)));
  }
  let text = '';
  for (const pixel of pixels) text += String.fromCharCode(near.get(pixel));
  return JSON.stringify([image.width, image.height, kept.map(parts), btoa(text)]);
}"""
"""The 256 commonest colours of a picture, and the nearest of them for each pixel."""


class Browser:
    """What is said to a Chromium over its debugging pipe, and heard from it."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._heard = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def say(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer; events before it are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (found := self._next()).get("id") != self._number:
            self.events.append(found)
        if "error" in found:
            raise SystemExit(f"{method}: {found['error']}")
        result: dict[str, Any] = found["result"]
        return result

    def wait(self, method: str) -> None:
        """Until there was such an event."""
        while all(event.get("method") != method for event in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            part = os.read(self._read, 1 << 20)
            if not part:
                raise SystemExit("the browser is gone")
            self._heard += part
        text, _, self._heard = self._heard.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found


@contextmanager
def browser(program: str) -> Iterator[Browser]:
    """A browser with a profile of its own, which is gone afterwards."""
    folder = tempfile.mkdtemp()
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()

    # The browser reads its orders from file 3 and answers on file 4; a shell puts them there.
    line = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
    process = subprocess.Popen(
        ["/bin/sh", "-c", line, program, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
        pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        found = Browser(ours_in, ours_out)
        yield found
        found.say("Browser.close")
    finally:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        os.close(ours_in)
        os.close(ours_out)
        shutil.rmtree(folder, ignore_errors=True)


def shoot(chrome: Browser, page: Path, width: int, scheme: str) -> tuple[bytes, list[str]]:
    """The picture of a page, and what is wrong with it."""
    session, target = _opened(chrome)
    chrome.say("Emulation.setDeviceMetricsOverride", session, width=width, height=800, deviceScaleFactor=1,
               mobile=width < 500)  # fmt: skip
    chrome.say("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
    wrong = _loaded(chrome, session, page)
    told = chrome.say("Runtime.evaluate", session, expression=f"JSON.stringify({FACTS})")["result"]["value"]
    inner, wide, high, dark, ground = json.loads(told)
    wrong += [f"the window is {inner} wide"] * (inner != width) + [f"the page is {wide} wide"] * (wide > width)
    wrong += [f"it is no {scheme} page: {ground}"] * (dark != (scheme == "dark") or (_light(ground) == dark))
    clip = {"x": 0, "y": 0, "width": width, "height": min(high, TALLEST), "scale": 1}
    shot = chrome.say("Page.captureScreenshot", session, format="png", captureBeyondViewport=True, clip=clip)["data"]
    chrome.say("Target.closeTarget", targetId=target)
    return base64.b64decode(shot), wrong


def smaller(chrome: Browser, shot: bytes) -> bytes:
    """The picture with 256 colours at most, which is a third of the bytes."""
    session, target = _opened(chrome)
    data = f"data:image/png;base64,{base64.b64encode(shot).decode()}"
    call = f"({PALETTE})({json.dumps(data)})"
    told = chrome.say("Runtime.evaluate", session, expression=call, awaitPromise=True)["result"]["value"]
    chrome.say("Target.closeTarget", targetId=target)
    wide, high, colours, text = json.loads(told)
    rows = base64.b64decode(text)
    lines = b"".join(b"\0" + rows[n * wide : (n + 1) * wide] for n in range(high))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 3, 0, 0, 0)),
        (b"PLTE", bytes(n for colour in colours for n in colour)),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def sheets(chrome: Browser, page: Path) -> tuple[dict[str, int], list[str]]:
    """How many sheets it takes of each sort of paper, and what is wrong with it."""
    session, target = _opened(chrome)
    wrong = _loaded(chrome, session, page)
    pages = {}
    for paper, (width, height) in PAPERS.items():
        size = {"paperWidth": width, "paperHeight": height, "preferCSSPageSize": True}
        printed = base64.b64decode(chrome.say("Page.printToPDF", session, **size)["data"])
        count = re.search(rb"/Type /Pages\s*/Count (\d+)|/Count (\d+)", printed)
        pages[paper] = int(count[1] or count[2]) if count else 0
        wrong += [f"it takes {pages[paper]} sheets of {paper}"] * (not 1 <= pages[paper] <= MOST_SHEETS)
    chrome.say("Target.closeTarget", targetId=target)
    return pages, wrong


def _opened(chrome: Browser) -> tuple[str, str]:
    target = chrome.say("Target.createTarget", url="about:blank")["targetId"]
    session = chrome.say("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Log", "Runtime", "Network"):
        chrome.say(f"{domain}.enable", session)
    return session, target


def _loaded(chrome: Browser, session: str, page: Path) -> list[str]:
    """Opens the page; what it complains of, and what it asks for beside itself."""
    chrome.events.clear()
    chrome.say("Page.navigate", session, url=page.as_uri())
    chrome.wait("Page.loadEventFired")
    # One more turn, for what comes late.
    chrome.say("Runtime.evaluate", session, expression="new Promise(done => setTimeout(done, 150))", awaitPromise=True)
    wrong = [f"on the console: {json.dumps(event['params'])[:300]}" for event in chrome.events if event["method"] in TROUBLE]
    asked = [e["params"]["request"]["url"] for e in chrome.events if e["method"] == "Network.requestWillBeSent"]
    return [*wrong, *(f"it asked for {url[:200]}" for url in asked if url != page.as_uri() and not url.startswith("data:"))]


def _light(colour: str) -> bool:
    return sum(map(int, re.findall(r"\d+", colour)[:3])) > 3 * 127


def main(program: str) -> int:
    TARGET.mkdir(exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory() as folder, browser(program) as chrome:
        for name in EXAMPLES:
            page = Path(folder) / f"{name}.html"
            page.write_text(to_page(plan_week(load_request(ROOT / "examples" / f"{name}.yaml")), PLAIN), encoding="utf-8")
            pages, wrong = sheets(chrome, page)
            print(f"{name}: {', '.join(f'{count} sheets of {paper}' for paper, count in pages.items())}")
            for width in WIDTHS:
                for scheme in SCHEMES:
                    shot, more = shoot(chrome, page, width, scheme)
                    target = TARGET / f"{name}-{width}-{scheme}.png"
                    shot = smaller(chrome, shot)
                    target.write_bytes(shot)
                    print(f"{target.relative_to(ROOT)}: {len(shot) >> 10} kB")
                    wrong += [f"{width} {scheme}: {text}" for text in more]
            for text in wrong:
                print(f"{name}: {text}", file=sys.stderr)
            failed += len(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    found = sys.argv[1] if len(sys.argv) > 1 else next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if found is None:
        raise SystemExit("no Chromium found; name it: python docs/screenshots.py PROGRAM")
    raise SystemExit(main(found))
