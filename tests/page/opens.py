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
    "one": ["Ranking", "Faithfulness", "Confusion", "Reliability"],
    "several": [name + " · " + str(i) for i in (1, 2) for name in (
        "Ranking", "Accuracy and cost", "Pairs", "Faithfulness", "Confusion", "Reliability",
        "Disagreements")],
    "close": ["Ranking", "Accuracy and cost", "Faithfulness", "Confusion", "Reliability"],
    "nothing": ["Ranking"],
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
# The same of a confusion matrix's texts, on their shades.
SHADES = """
{ const parts = (color) => { const found = color.match(/[\\d.]+/g).slice(0, 3).map(Number);
      return color.startsWith('rgb') ? found.map((part) => part / 255) : found; };
  const light = (color) => { const [r, g, b] = parts(color)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  [...document.querySelectorAll('[aria-label^="Confusion matrix"] g > g > rect')].flatMap((rect) => {
    const ground = light(getComputedStyle(rect).fill);
    return [...rect.parentNode.querySelectorAll('text')].map((text) => light(getComputedStyle(text).fill))
      .map((ink) => (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05));
  }).filter((ratio) => !(ratio >= 4.5)); }
"""
# Names in charts that meet a dot, or another name, or are so close to it that they read as one.
MEETING = """
[...document.querySelectorAll('.chart svg')].flatMap((svg) => {
  const box = (node) => node.getBoundingClientRect();
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  const near = (a, b) => a.left < b.right + 3.9 && b.left < a.right + 3.9 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  const names = [...svg.querySelectorAll('text.name')], dots = [...svg.querySelectorAll('circle')];
  return names.filter((name, i) => dots.some((dot) => meet(box(name), box(dot)))
    || names.some((other, k) => k > i && near(box(name), box(other)))).map((name) => name.textContent); })
"""
# What is smaller than a finger; links inside a text may be.
SMALL = """
[...document.querySelectorAll('button, select, input, summary, #contents a')].map((one) => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.height > 0 && (box.height < 36 || box.width < 24)).map(([one]) => one.outerHTML)
"""
# Texts that are wider than their place, outside of what scrolls.
CUT = """
[...document.querySelectorAll('figcaption, figcaption span, .tile, .tile div, .named, .named span, h1, h3, .failures li')]
  .filter((one) => one.scrollWidth > one.clientWidth && one.clientWidth > 0
    || getComputedStyle(one).textOverflow === 'ellipsis').map((one) => one.textContent)
"""
# Cards and heads that touch one above the other.
TOUCHING = """
{ const cards = [...document.querySelectorAll('section .card, section > h3')].map((card) => [card, card.getBoundingClientRect()]);
  cards.filter(([, a]) => cards.some(([, b]) => a !== b && a.left < b.right && b.left < a.right && b.top > a.top && b.top < a.bottom + 12))
    .map(([card]) => card.textContent.slice(0, 80)); }
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
        assert len(charts) >= 2 or kind == "nothing", charts
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
        assert browser.ask(SHADES) == []
        assert browser.ask(MEETING) == []
        assert browser.ask(CUT) == []
        assert browser.ask(TOUCHING) == []
        if width < 620:
            assert browser.ask(SMALL) == []
        # Each section has a place of its own in the bar on top.
        places = browser.ask("[...document.querySelectorAll('#contents a')].map((link) => link.hash.slice(1))")
        assert len(set(places)) == len(places) == len(sections), places
        assert browser.ask("[...document.querySelectorAll('section[id]')].map((one) => one.id)") == places
        # Texts of the results stayed texts.
        assert browser.ask("document.querySelectorAll('main b, main script').length") == 0
        grounds.add((dark, browser.ask("getComputedStyle(document.body).backgroundColor")))
    assert len(grounds) == 2, grounds
    # On paper it is dark on white, as wide as the paper, and has nothing that can be pressed.
    browser.show(path, width=720, dark=True, media="print")
    assert browser.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.ask(CONTRAST) == []
    assert browser.ask("""[...document.querySelectorAll('table, pre, svg, figure')].filter((one) =>
        one.getBoundingClientRect().right > 721).map((one) => one.textContent.slice(0, 80))""") == []
    assert browser.ask("""[...document.querySelectorAll('header.top, .tools, main > p > button')].every((one) =>
        one.getBoundingClientRect().height === 0)""")
    assert browser.ask("""[...document.querySelectorAll('td:not(.text)')].filter((one) =>
        getComputedStyle(one).whiteSpace !== 'nowrap').length""") == 0
    browser.show(path)
    # The button goes over the system's choice.
    browser.ask("document.getElementById('theme').click()")  # light
    assert (False, browser.ask("getComputedStyle(document.body).backgroundColor")) in grounds
