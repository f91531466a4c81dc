# SPDX-License-Identifier: Apache-2.0
"""works.py REPORT: sorting, filtering and choosing in a page of results do what they say. Ends with
77 where there is no Chromium."""
import sys

from browser import Browser

if not Browser.program:
    sys.exit(77)

CELLS = """[...document.querySelectorAll('#%s tbody tr')].map((row) => row.children[%d].textContent)"""
HEADS = """[...document.querySelectorAll('#%s th')].map((head) => head.textContent)"""


def column(section, name):
    return browser.ask(CELLS % (section, browser.ask(HEADS % section).index(name)))


def press(section, name):
    browser.ask("[...document.querySelectorAll('#%s th button')].find((one) => "
                "one.textContent === '%s').click()" % (section, name))


with Browser() as browser:
    browser.show(sys.argv[1])
    assert browser.ask("document.title") == "All & <b>everything</b>"
    assert browser.ask("document.querySelector('h1').textContent") == "All & <b>everything</b>"
    # Models begin with the most accurate; a press sorts, another turns it round.
    number = lambda text: float(text.split(" ")[0])
    ranked = [number(text) for text in column("ranking", "accuracy")]
    assert ranked == sorted(ranked, reverse=True) and len(ranked) == 3, ranked
    press("ranking", "p50")
    quick = [number(text) for text in column("ranking", "p50")]
    assert quick == sorted(quick), quick
    press("ranking", "p50")
    assert [number(text) for text in column("ranking", "p50")] == quick[::-1]
    # A filter keeps the rows that have all its words; what fails stays a row.
    assert len(column("rows", "model")) == 67
    browser.ask("""{ const field = document.querySelector('#rows input'); field.value = 'BLUR bold';
        field.dispatchEvent(new Event('input')); }""")
    assert column("rows", "model") == ["<b>bold</b>"] * 10
    browser.ask("""{ const field = document.querySelector('#rows input'); field.value = 'broken';
        field.dispatchEvent(new Event('input')); }""")
    assert column("rows", "error") == ["cannot be loaded & <b>run</b>"]
    # It is said where it is seen, too.
    assert browser.ask("[...document.querySelectorAll('#rows .failures li')].map((one) => [...one.children].map((part) => part.textContent))") == [
        ["broken", "1 of 1 row", "cannot be loaded & <b>run</b>"]]
    # Means of two seeds, at severities 1 to 5, and the pictures as they are.
    assert column("robustness", "as they are") == ["90.3 %", "80.3 %", "70.3 %"]
    assert column("robustness", "blur") == ["84.3 %", "74.3 %", "64.3 %"]
    charts = "[...document.querySelectorAll('#robustness .chart svg')].map((svg) => svg.getAttribute('aria-label'))"
    assert browser.ask(charts) == ["blur", "<i>noise</i>"]
    # All have one scale, and one legend for all hides a line in each.
    ticks = "[...document.querySelectorAll('#robustness .chart svg')].map((svg) => [...svg.querySelectorAll('.axis')[0].querySelectorAll('text')].map((text) => text.textContent).join())"
    assert len(set(browser.ask(ticks))) == 1, browser.ask(ticks)
    lines = "new Promise((done) => setTimeout(() => done([...document.querySelectorAll('#robustness .chart svg')].map((svg) => svg.querySelectorAll('path.series').length)), 100))"
    assert browser.ask(lines) == [3, 3]
    names = "[...document.querySelectorAll('#robustness .legend button')]"
    assert browser.ask(names + ".length") == 3
    browser.ask(names + "[0].click()")
    assert browser.ask(lines) == [2, 2]
    for at in 1, 2:  # the last one stays
        browser.ask(names + "[%d].click()" % at)
    assert browser.ask(lines) == [1, 1]
    assert browser.ask(names + ".map((one) => one.getAttribute('aria-pressed'))") == ["false", "false", "true"]
    # How severe it was stands beside what was done, before the figures.
    heads = browser.ask(HEADS % "rows")
    assert heads.index("severity") == heads.index("corruption") + 1 < heads.index("accuracy"), heads
    # The bar on top says which section is read.
    assert browser.ask("""document.documentElement.style.scrollBehavior = 'auto';
        document.getElementById('pairs').scrollIntoView();
        new Promise((done) => setTimeout(() =>
            done(document.querySelector('#contents [aria-current]').textContent), 300))""") == "Pairs"
    # Another figure, another cost, other disagreements: drawn anew, without complaint.
    for section in ("robustness", "accuracy-and-cost", "disagreements"):
        count = browser.ask("document.querySelector('#%s select').length" % section)
        assert count > 1, (section, count)
        for at in range(count):
            browser.ask("""{ const choice = document.querySelector('#%s select');
                choice.selectedIndex = %d; choice.dispatchEvent(new Event('change')); }
                new Promise((done) => setTimeout(done, 30))""" % (section, at))
    # Every picture is there.
    assert browser.ask("""{ const all = [...document.querySelectorAll('img')];
        all.forEach((image) => image.loading = 'eager');
        Promise.all(all.map((image) => image.decode().then(() => image.naturalWidth > 0))).then((good) =>
            good.length > 0 && good.every(Boolean)) }""")
    assert not browser.complaints, browser.complaints
