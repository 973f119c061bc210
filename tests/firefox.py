"""Firefox as Mozilla and Debian ship it, driven through WebDriver BiDi: Playwright can't drive it."""

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import websocket
from helpers import PATIENCE, wait_until

FIREFOX = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
NO_FIREFOX = "needs Firefox, which is not on this machine"
SETTINGS = {
    "network.proxy.type": 1,  # all that leaves this machine goes to a port where nobody listens
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "toolkit.startup.max_resumed_crashes": -1,
}


class Firefox:
    """A process of its own, with an empty profile, and the socket through which it is told what to do."""

    def __init__(self, profile):
        self.downloads = profile / "downloads"
        settings = SETTINGS | {"browser.download.folderList": 2, "browser.download.dir": str(self.downloads)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in settings.items()]
        (profile / "user.js").write_text("\n".join(lines))
        self.events, self.calls = [], 0
        log = profile / "said.txt"
        words = [FIREFOX, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0"]
        with log.open("w") as file:
            self.process = subprocess.Popen(words, stdout=file, stderr=file)
        try:
            told = wait_until(lambda: re.search(r"BiDi listening on (ws://\S+)", log.read_text()), self.process, log)
            self.socket = websocket.create_connection(f"{told[1]}/session", PATIENCE, suppress_origin=True)
            self.call("session.new", capabilities={})
            self.call("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        except BaseException:
            self.close()
            raise

    def call(self, method, **given):
        """Ask for something, and wait for what comes of it. Events that arrive meanwhile are kept."""
        self.calls += 1
        self.socket.send(json.dumps({"id": self.calls, "method": method, "params": given}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.calls:
            self.events.append(answer)
        assert answer["type"] == "success", f"{method}: {answer['error']}: {answer['message']}"
        return answer["result"]

    def close(self):
        """End this process, and those that it has started."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Page:
    """A tab."""

    def __init__(self, firefox, path, width=1000, height=800):
        self.firefox = firefox
        self.context = firefox.call("browsingContext.create", type="tab")["context"]
        self.call("browsingContext.setViewport", viewport={"width": width, "height": height})
        self.call("browsingContext.navigate", url=Path(path).as_uri(), wait="complete")

    def call(self, method, **given):
        return self.firefox.call(method, context=self.context, **given)

    def evaluate(self, function, *given):
        """Call a JavaScript function with what JSON can hold, wait for what it promises, and return that."""
        code = f"async (text) => JSON.stringify((await ({function})(...JSON.parse(text))) ?? null)"
        answer = self.firefox.call(
            "script.callFunction",
            functionDeclaration=code,
            arguments=[{"type": "string", "value": json.dumps(given)}],
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def text(self, selector="body"):
        return self.evaluate("(selector) => document.querySelector(selector)?.innerText ?? ''", selector)

    def wait(self, words, selector="body"):
        """Wait until these words, a regular expression, are shown; the whole text."""
        return wait_until(lambda: (text := self.text(selector)) and re.search(words, text) and text)

    def click(self, name):
        """Press the button of this name."""
        self.evaluate(
            "(name) => [...document.querySelectorAll('button')].find((one) => one.textContent === name).click()", name
        )

    def download(self, name, file):
        """Press a button; the file that arrives."""
        self.click(name)
        path = self.firefox.downloads / file
        return wait_until(lambda: path.exists() and path.stat().st_size and path)

    def choose(self, selector, *paths):
        """Choose files in an input."""
        nodes = self.call("browsingContext.locateNodes", locator={"type": "css", "value": selector})["nodes"]
        element = {"sharedId": nodes[0]["sharedId"]}
        self.call("input.setFiles", element=element, files=[str(path) for path in paths])

    def picture(self, path):
        """Keep what the page looks like, from its top to its end, as a PNG file."""
        shot = self.call("browsingContext.captureScreenshot", origin="document")
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def events(self, kind):
        """What was told of this tab until now."""
        self.firefox.call("session.status")  # what was told before comes before its answer
        told = [event["params"] for event in self.firefox.events if event["method"] == kind]
        return [event for event in told if event.get("source", event)["context"] == self.context]

    def close(self):
        self.call("browsingContext.close")
