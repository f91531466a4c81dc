# SPDX-License-Identifier: Apache-2.0
"""opens.py REPORT KIND: a report opens in Chromium without a complaint, in light and dark, and fits
a desk's and a phone's width. Ends with 77 where there is no Chromium."""
import sys

from browser import Browser

SECTIONS = {
    "training": ["Curves", "Classes", "Worst mistakes", "Recipe"],
    "comparison": ["Ranking", "Accuracy and cost", "Pairs", "Faithfulness", "Confusion", "Reliability",
                   "Disagreements"],
    "everything": ["Ranking", "Accuracy and cost", "Pairs", "Faithfulness", "Confusion", "Reliability",
                   "Disagreements", "Robustness", "Rows", "Training", "Sheets"],
    "rows": ["Robustness", "Rows"],
    "ensemble": ["Ranking", "Members", "Confusion", "Reliability"],
}
# Colours of texts that are less than 4.5 to 1 apart from what is behind them.
CONTRAST = """
{ const probe = document.createElement('i');
  document.body.append(probe);
  const light = (name) => {
    probe.style.color = 'var(' + name + ')';
    const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const apart = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const found = ['--ink', '--soft', '--faint', '--accent', '--good', '--bad']
    .flatMap((ink) => ['--card', '--ground'].map((ground) => [ink, ground, apart(ink, ground)]))
    .filter(([, , ratio]) => !(ratio >= 4.5));
  probe.remove();
  found; }
"""
LOOKS = [(1280, False), (1280, True), (390, False), (390, True)]

if not Browser.program:
    print("no chromium-headless-shell here (tools/debian --with browser); the page was not opened")
    sys.exit(77)

path, kind = sys.argv[1], sys.argv[2]
with Browser() as browser:
    grounds = set()
    for width, dark in LOOKS:
        browser.show(path, width=width, dark=dark)
        assert not browser.complaints, browser.complaints
        sections = browser.ask("[...document.querySelectorAll('section h2')].map((h) => h.textContent)")
        assert sections == SECTIONS[kind], sections
        # Nothing but tables scrolls sideways.
        assert browser.ask("document.documentElement.scrollWidth") <= width
        # Each chart is drawn, inside its card, and its figures are numbers.
        charts = browser.ask("""[...document.querySelectorAll('.chart svg')].map((svg) =>
            [svg.getAttribute('aria-label'), svg.querySelectorAll('path, rect, circle').length,
             svg.getBoundingClientRect().right, svg.outerHTML.includes('NaN')])""")
        assert len(charts) >= 2, charts
        for name, marks, right, wrong in charts:
            assert marks > 2 and right <= width and not wrong, (name, marks, right, wrong)
        # An axis names no place twice, and no name of a place is cut off.
        for texts, inside in browser.ask("""[...document.querySelectorAll('.chart .axis')].map((axis) => {
                const frame = axis.closest('svg').getBoundingClientRect();
                const names = [...axis.querySelectorAll('text')];
                return [names.map((name) => name.textContent), names.every((name) =>
                    name.getBoundingClientRect().left >= frame.left - 1)]; })"""):
            assert len(set(texts)) == len(texts) and inside, (texts, inside)
        # Texts of an axis do not run into each other.
        assert browser.ask("""[...document.querySelectorAll('.axis')].every((axis) => {
            const boxes = [...axis.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
            return boxes.every((box, i) => boxes.every((other, k) => k <= i || box.right <= other.left
                || other.right <= box.left || box.bottom <= other.top + 3 || other.bottom <= box.top + 3)); })""")
        # What scrolls can be reached by the keyboard, and nothing else of the tables is a stop.
        assert browser.ask("""[...document.querySelectorAll('.scroll')].every((place) =>
            place.hasAttribute('tabindex') === (place.scrollWidth > place.clientWidth
                || place.scrollHeight > place.clientHeight))""")
        # Texts can be read: WCAG 2.1's 4.5 to 1.
        assert browser.ask(CONTRAST) == []
        # Texts of the results stayed texts.
        assert browser.ask("document.querySelectorAll('main b, main script').length") == 0
        grounds.add((dark, browser.ask("getComputedStyle(document.body).backgroundColor")))
    assert len(grounds) == 2, grounds
    # The button goes over the system's choice.
    browser.ask("document.getElementById('theme').click()")  # light
    assert (False, browser.ask("getComputedStyle(document.body).backgroundColor")) in grounds
