# SPDX-License-Identifier: Apache-2.0
"""keys.py EVERYTHING MANY FAILED: what the keyboard reaches, what stays in sight, and what is said
where something is missing. Ends with 77 where there is no Chromium."""
import sys

from browser import Browser

if not Browser.program:
    sys.exit(77)

TIP = "document.getElementById('tip').style.opacity === '1' ? document.getElementById('tip').textContent : ''"
WAIT = "new Promise((done) => setTimeout(done, 200))"


def press(key):
    for kind in "keyDown", "keyUp":
        text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
        browser.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, **text,
                     windowsVirtualKeyCode={"Tab": 9, "Enter": 13, "Escape": 27, "ArrowRight": 39, "Home": 36}[key])


with Browser() as browser:
    everything, many, failed = sys.argv[1:4]
    browser.show(everything)
    # The first stop leads past the bar on top.
    press("Tab")
    assert browser.ask("document.activeElement.className") == "skip"
    assert browser.ask("document.activeElement.getBoundingClientRect().top") >= 0
    press("Enter")
    assert browser.ask("document.activeElement.id") == "page"
    # Curves tell their numbers to the arrow keys, the largest first; Escape and leaving hide them.
    line = "document.querySelector('#robustness .chart rect[tabindex]')"
    browser.ask(line + ".focus()")
    for key, title in ("ArrowRight", "As they are"), ("ArrowRight", "Severity 1"), ("Home", "As they are"):
        press(key)
        assert browser.ask(TIP).startswith(title), (key, browser.ask(TIP))
    values = browser.ask("[...document.querySelectorAll('#tip .row > :last-child')].map((one) => parseFloat(one.textContent))")
    assert len(values) == 3 and values == sorted(values, reverse=True), values
    press("Escape")
    assert browser.ask(TIP) == ""
    press("ArrowRight")
    browser.ask(line + ".blur()")
    assert browser.ask(TIP) == ""
    # So do the dots of costs, also where the page had to scroll to them.
    browser.ask("document.querySelector('#accuracy-and-cost g[tabindex]').focus(); " + WAIT)
    assert "on the front" in browser.ask(TIP)
    # The legend has the ranking's order.
    order = [browser.ask("[...document.querySelectorAll('#robustness %s')].map((one) => one.textContent)" % what)
             for what in (".legend button", "td:first-child")]
    assert order[0] == order[1] and order[0][-1] == "plain", order
    # The table of means is of the figure that was chosen.
    browser.ask("{ const choice = document.querySelector('#robustness select'); choice.selectedIndex = 1; choice.dispatchEvent(new Event('change')); }")
    assert browser.ask("[...document.querySelectorAll('#robustness h3')].pop().textContent") == "Mean log loss over severities"
    assert browser.ask("[...document.querySelectorAll('#robustness td:first-child')].map((one) => one.textContent)") == order[0]

    # What columns say is a stop and a key away.
    browser.ask("document.querySelector('#ranking summary').focus()")
    press("Enter")
    assert "nothing else is both faster and more accurate" in browser.ask("document.querySelector('#ranking .help').innerText")

    # Heads stay in sight: of what fits below the bar, of what scrolls inside it.
    browser.ask("document.documentElement.style.scrollBehavior = 'auto'")
    head = "document.querySelector('#%s thead th').getBoundingClientRect().top"
    body = "document.querySelector('#%s tbody tr:last-child').getBoundingClientRect()"
    browser.ask("window.scrollBy(0, (%s).top - 120); %s" % (body % "pairs", WAIT))
    assert 50 <= browser.ask(head % "pairs") <= 54, browser.ask(head % "pairs")
    browser.show(everything, width=390)
    browser.ask("document.documentElement.style.scrollBehavior = 'auto'; document.querySelector('#rows .scroll').scrollTop = 400; %s" % WAIT)
    edge = "document.querySelector('#rows .scroll').getBoundingClientRect().top"
    assert abs(browser.ask(head % "rows") - browser.ask(edge)) <= 1

    # Twelve models have twelve colours, and each its name at its dot or below the chart.
    browser.show(many)
    dots = "[...document.querySelectorAll('#ranking .dot')].map((one) => getComputedStyle(one).backgroundColor)"
    assert len(set(browser.ask(dots))) == 12
    told = browser.ask("document.querySelectorAll('#accuracy-and-cost text.name').length")
    below = browser.ask("document.querySelectorAll('#accuracy-and-cost .still').length")
    assert told + below == 12 and told >= 6, (told, below)
    # Intervals leave numbers under each other.
    ends = browser.ask("""[...document.querySelectorAll('#ranking td .between')].map((one) =>
        Math.round(one.getBoundingClientRect().left))""")
    assert len(ends) == 12 and len(set(ends)) == 1, ends

    # Why a model has no figures is said once, in full, where it can be seen.
    browser.show(failed, width=390)
    reasons = "[...document.querySelectorAll('#ranking .failures li')].map((one) => one.textContent)"
    reason, = browser.ask(reasons)
    assert "weights of another network" in reason
    assert browser.ask("document.querySelector('#ranking .failures').getBoundingClientRect().right") <= 390
    assert not browser.complaints, browser.complaints
