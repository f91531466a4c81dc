# SPDX-License-Identifier: Apache-2.0
"""equal.py EQUAL COMPARISON: of models that are equally often right the report says what the command
says, and writes small numbers as well as large ones. Ends with 77 where there is no Chromium."""
import json
import sys

from browser import Browser

if not Browser.program:
    sys.exit(77)

TILES = """Object.fromEntries([...document.querySelectorAll('.tile')].map((tile) =>
    [tile.children[0].textContent, [...tile.children].slice(1).map((one) => one.textContent)]))"""
NAMES = "[...document.querySelectorAll('#ranking tbody td:first-child')].map((one) => one.textContent)"
TICKS = """[...document.querySelectorAll('#accuracy-and-cost .chart')[0].querySelectorAll('.axis')[1].querySelectorAll('text')]
    .map((one) => one.textContent)"""

with Browser() as browser:
    equal, whole = sys.argv[1:3]
    browser.show(equal)
    data = json.loads(browser.ask("document.getElementById('data').textContent"))["comparisons"][0]
    names = [data["models"][i]["model"] for i in (2, 0, 1)]
    assert browser.ask(NAMES) == names, browser.ask(NAMES)
    tiles = browser.ask(TILES)
    assert tiles["Most accurate"] == [", ".join(names), "75.0 %"], tiles
    assert tiles["Fastest"] == [names[2], "0.0012 ms a picture"], tiles
    assert tiles["To tell the first two apart"] == [
        "no number", "of pictures like these would do: the two are equally often right"], tiles
    ticks = browser.ask(TICKS)
    assert ticks and set(ticks) <= {"0.001 ms", "0.002 ms", "0.005 ms"}, ticks
    # What the command wrote is in its order, and a number is said with as many digits as it says.
    browser.show(whole)
    data = json.loads(browser.ask("document.getElementById('data').textContent"))["comparisons"][0]
    assert sorted(data["order"]) == list(range(len(data["models"]))), data["order"]
    assert browser.ask(NAMES) == [data["models"][i]["model"] for i in data["order"]]
    assert browser.ask("[1, 9, 10, 101, 108940, 99999].map(mien.roundUp)") == [1, 9, 10, 110, 110000, 100000]
    assert not browser.complaints, browser.complaints
