"""Take a picture of a page of a running server, logged in. Runs in Odoo's Python.

Chromium is driven over its DevTools port only: with --screenshot npm's build of it
hangs for ever.
"""

import argparse
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests
import websocket

NAMES = ("chromium", "google-chrome", "chromium-browser", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-proxy-server",
    "--remote-allow-origins=*",
    "--remote-debugging-port=0",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
]
BUSY = """
    document.readyState !== "complete"
    || !!document.querySelector(".o_loading_indicator, .o_action_manager > .o_loading")
    || [...document.images].some((image) => !image.complete)
"""


def main() -> int:
    options = arguments()
    base = f"http://127.0.0.1:{options.port}"
    session = log_in(base, options.login, options.password)
    with tempfile.TemporaryDirectory(
        prefix="pact-shot-", ignore_cleanup_errors=True
    ) as folder:
        browser = subprocess.Popen(
            [
                *(next(filter(None, map(shutil.which, NAMES))), *FLAGS),
                *(f"--user-data-dir={folder}", "about:blank"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            page = Page(devtools(Path(folder), browser), options.timeout)
            return shoot(page, base, session, options)
        finally:
            # with its helpers, which else go on writing into the folder
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("login")
    parser.add_argument("password")
    parser.add_argument("path")
    parser.add_argument("out", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int)
    parser.add_argument("--wait")
    parser.add_argument("--run", action="append", default=[])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--timeout", type=float, default=60)
    return parser.parse_args()


def log_in(base: str, login: str, password: str) -> str:
    """The session cookie of a fresh log-in; `-` as login stays a visitor."""
    web = requests.Session()
    web.trust_env = False
    page = web.get(f"{base}/web/login", timeout=120)
    page.raise_for_status()
    if login != "-":
        token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        form = {"login": login, "password": password, "csrf_token": token}
        answer = web.post(f"{base}/web/login", data=form, timeout=120)
        if "/web/login" in answer.url or 'name="password"' in answer.text:
            sys.exit(f"the server at {base} refuses this log-in for {login}")
    return web.cookies["session_id"]


def devtools(folder: Path, browser: subprocess.Popen) -> str:
    """The address of the page's DevTools, once the browser has opened its port."""
    active = folder / "DevToolsActivePort"
    for _attempt in range(300):
        if active.is_file() and len(active.read_text().splitlines()) > 1:
            port = active.read_text().splitlines()[0]
            web = requests.Session()
            web.trust_env = False
            for target in web.get(f"http://127.0.0.1:{port}/json", timeout=30).json():
                if target["type"] == "page":
                    return target["webSocketDebuggerUrl"]
        if browser.poll() is not None:
            sys.exit(f"the browser ended with code {browser.returncode}")
        time.sleep(0.1)
    sys.exit("the browser opened no DevTools port in 30 s")


class Page:
    """One page of the browser, over DevTools."""

    def __init__(self, address: str, timeout: float) -> None:
        self.socket = websocket.create_connection(address, timeout=timeout)
        self.timeout = timeout
        self.number = 0
        self.complaints: list[str] = []

    def ask(self, method: str, **parameters):
        """Send one command and wait for its answer; errors on the way are kept."""
        self.number += 1
        order = {"id": self.number, "method": method, "params": parameters}
        self.socket.send(json.dumps(order))
        while True:
            message = json.loads(self.socket.recv())
            self._listen(message)
            if message.get("id") == self.number:
                if "error" in message:
                    sys.exit(f"{method}: {message['error']['message']}")
                return message["result"]

    def _listen(self, message: dict) -> None:
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            text = details.get("exception", {}).get("description") or details["text"]
            self.complaints.append(text)
        elif message.get("method") == "Runtime.consoleAPICalled":
            if parameters["type"] == "error":
                words = [
                    str(a.get("value", a.get("description")))
                    for a in parameters["args"]
                ]
                self.complaints.append(" ".join(words))

    def value(self, expression: str):
        """The value of a JavaScript expression (a promise is awaited)."""
        answer = self.ask(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        return answer["result"].get("value")

    def until(self, expression: str) -> bool:
        """Wait until the expression is true; False when it never was."""
        end = time.monotonic() + self.timeout
        while time.monotonic() < end:
            if self.value(expression) is True:
                return True
            time.sleep(0.2)
        return False


def shoot(page: Page, base: str, session: str, options: argparse.Namespace) -> int:
    """Open the page, wait for what is asked, write the picture."""
    phone = options.width < 600
    height = options.height or (844 if phone else 900)
    page.ask("Page.enable")
    page.ask("Runtime.enable")
    page.ask("Network.enable")
    page.ask(
        "Emulation.setDeviceMetricsOverride",
        width=options.width,
        height=height,
        deviceScaleFactor=1,
        mobile=phone,
    )
    if phone:
        page.ask("Emulation.setTouchEmulationEnabled", enabled=True)
    page.ask("Network.setCookie", name="session_id", value=session, url=base)
    page.ask("Page.navigate", url=base + "/" + options.path.lstrip("/"))
    code = 0
    wait = options.wait or "body"
    if not page.until(f"!!document.querySelector({json.dumps(wait)})"):
        print(f"never seen: {wait}", file=sys.stderr)
        code = 1
    page.until(f"!({BUSY})")
    for script in options.run:
        page.value(script)
        time.sleep(0.5)
        page.until(f"!({BUSY})")
    time.sleep(0.5)  # the last transition
    picture = page.ask(
        "Page.captureScreenshot", format="png", captureBeyondViewport=options.full
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(base64.b64decode(picture["data"]))
    for text in page.complaints:
        print(f"browser: {text[:500]}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
