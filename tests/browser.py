"""A real browser, and a server for it, for the tests that need them."""

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from conftest import needs
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
NEEDS_BROWSER = needs("chromium and chromedriver", bool(BROWSER and DRIVER), "chromium-driver")


@contextmanager
def browser(*arguments: str) -> Iterator[webdriver.Chrome]:
    """Chromium without a window; what its pages write to the console can be read."""
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in ("--headless=new", "--no-sandbox", "--window-size=1280,900", *arguments):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def served(
    command: Sequence[str], port: int, folder: Path, log: Path, says: str = "", **settings: str
) -> Iterator[str]:
    """Starts a server in a folder, such as JupyterLab, and gives the address that it prints, with its token.

    Args:
        command: what to start.
        port: of the address.
        folder: where it runs.
        log: where its words go.
        says: the words before the address, if it prints that more than once.
        settings: environment variables.
    """
    environment = {**os.environ, **settings}
    environment.pop("DISPLAY", None)
    with log.open("w") as file:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    try:

        def printed(_: object) -> str | None:
            assert server.poll() is None, log.read_text()
            found = re.search(rf"{says}(http://127\.0\.0\.1:{port}/\S+)", log.read_text())
            return found and found[1]

        yield WebDriverWait(None, 180, 0.2).until(printed)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
