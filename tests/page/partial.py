# SPDX-License-Identifier: Apache-2.0
"""partial.py REPORT: results that do not fit cost their own part of the page and no other. Ends with
77 where there is no Chromium."""
import sys

from browser import Browser

if not Browser.program:
    sys.exit(77)
with Browser() as browser:
    browser.show(sys.argv[1])
    assert not browser.complaints, browser.complaints
    texts = "[...document.querySelectorAll('%s')].map((one) => one.textContent)"
    assert browser.ask(texts % "h2") == ["Ranking", "Accuracy and cost", "Rows"]
    failures = browser.ask(texts % "p.failure")
    assert len(failures) == 5, failures  # pairs, members, classes, reliability, disagreements
    assert all("cannot be shown" in text for text in failures), failures
