"""Takes a picture of a trace in Jaeger's web page, if the image of Jaeger has one and this machine has a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.local.console import Unavailable
from ops.local.docker import docker, need_image, remove
from ops.local.ports import free_port
from ops.local.wait import until

IMAGE = "jaegertracing/jaeger:2"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZE = "1280,900"
PAGE_S = 90
"""Seconds for the browser, which advances the page's clock by ten seconds and then takes the picture."""


@dataclass(frozen=True, slots=True)
class Page:
    """A Jaeger of our own on the loopback, and the browser that opens its page."""

    address: str
    collector: str
    browser: str

    def take(self, trace_id: str, picture: Path) -> None:
        """Write the page of a trace as a PNG. Raises Unavailable if the browser fails."""
        command = [self.browser, "--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={SIZE}"]
        command += ["--virtual-time-budget=10000", f"--screenshot={picture}", f"{self.address}/trace/{trace_id}"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PAGE_S, check=False)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{self.browser} has taken no picture in {PAGE_S} s") from None
        if done.returncode or not picture.exists():
            raise Unavailable(f"{self.browser}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")


@contextmanager
def jaeger_page() -> Iterator[Page]:
    """Run a Jaeger for the duration of the block. Raises Unavailable, which names what is missing."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise Unavailable(f"no browser: none of {', '.join(BROWSERS)} is on the PATH")
    image = os.environ.get("JAEGER_IMAGE", IMAGE)
    need_image(image, "pictures")
    page, collector = free_port(), free_port()
    ports = ("-p", f"127.0.0.1:{page}:16686", "-p", f"127.0.0.1:{collector}:4318")
    container = docker("run", "--detach", "--rm", "--env", "JAEGER_LISTEN_HOST=0.0.0.0", *ports, image)
    try:
        address = f"http://127.0.0.1:{page}"
        if "/static/" not in until(lambda: _text(address), 60, "Jaeger answers", every=0.5):
            raise Unavailable(f"{image} has no page, only the API behind it")
        yield Page(address, f"http://127.0.0.1:{collector}", browser)
    finally:
        remove([container])


def _text(address: str) -> str:
    try:
        directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on the loopback
        with directly.open(address, timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""
