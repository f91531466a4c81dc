# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium by its DevTools protocol, over a pipe.

    with Browser() as browser:
        browser.show("/tmp/report.html", width=390, height=844, dark=True)
        assert browser.ask("document.title") == "…" and not browser.complaints
        browser.picture("report.png")
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PATIENCE = 60  # seconds


class Browser:
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")

    def __enter__(self):
        self.home = tempfile.mkdtemp()
        ours, self.to = os.pipe()
        self.of, theirs = os.pipe()
        arguments = [self.program, "--headless", "--no-sandbox", "--disable-gpu",
                     "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
                     "--no-proxy-server", "--user-data-dir=" + self.home]

        def hand_over():  # the protocol is spoken on descriptors 3 and 4
            os.dup2(ours, 13)
            os.dup2(theirs, 14)
            os.dup2(13, 3)
            os.dup2(14, 4)

        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=hand_over, close_fds=False)
        os.close(ours)
        os.close(theirs)
        self.buffer, self.number, self.session, self.complaints = b"", 0, None, []
        self.loaded = False
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.to)
        os.close(self.of)
        shutil.rmtree(self.home, ignore_errors=True)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(method + ": " + answer["error"]["message"])
                return answer["result"]

    def receive(self):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.of], [], [], PATIENCE)
            part = os.read(self.of, 1 << 20) if ready else b""
            if not part:
                raise RuntimeError("the browser " + ("has ended" if ready else "does not answer"))
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(message)
        self.note(message.get("method"), message.get("params", {}))
        return message

    def note(self, method, about):
        """Keeps whatever a reader would not want: errors, warnings, anything that is loaded."""
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.complaints.append("console: " + str(about["args"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append("log: " + about["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            address = about["request"]["url"]
            if not address.startswith(("data:", "file:")):
                self.complaints.append("asks for " + address)

    def show(self, path, width=1280, height=900, dark=False, media=""):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 700)
        self.call("Emulation.setEmulatedMedia", media=media, features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.loaded = False
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while not self.loaded:
            self.receive()
        self.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def ask(self, expression):
        """What an expression of the page comes to; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(expression + ": " + str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def picture(self, path, whole=False):
        if whole:  # what is lazy has to have been seen
            self.ask("document.querySelectorAll('img').forEach((image) => image.loading = 'eager')")
            time.sleep(0.3)
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))
