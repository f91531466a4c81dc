# SPDX-License-Identifier: Apache-2.0
"""robust.py FOLDER: writes robust.jsonl there. robust.py REPORT.html: its page compares what can be
compared, and says what it left out. Ends with 77 where there is no Chromium."""
import json
import os
import sys

from browser import Browser

ROWS = """[...document.querySelectorAll('#robustness table')].map((table) =>
    [...table.querySelectorAll('tr')].map((row) => [...row.children].map((cell) => cell.textContent)))"""
SEVERITIES = """[...document.querySelectorAll('#robustness .chart svg')].map((svg) =>
    [...svg.querySelectorAll('.axis')[1].querySelectorAll('text')].map((text) => text.textContent).join(' '))"""
BEST = "[...document.querySelectorAll('#robustness table')].map((table) => table.querySelectorAll('td.best').length)"
TEXTS = "[...document.querySelectorAll('#robustness %s')].map((one) => one.textContent)"


def cell(model, corruption, severity, accuracy, **more):
    row = {"schema": 1, "model": model, "dataset": "faces", "corruption": corruption, "seed": 0,
           "severity": severity, "model_digest": "aaaaaa0000"} | more
    row["cell"] = " ".join(str(value) for value in row.values())
    return row | {"classes": "x,y", "pictures": more.get("pictures", 100), "accuracy": {"value": accuracy}}


def failed(model, corruption, severity, error, **more):
    """Of such a cell neither the classes are known nor how many pictures there were."""
    row = cell(model, corruption, severity, 0, **more) | {"error": error}
    for key in "classes", "pictures", "accuracy":
        del row[key]
    return row


def write(folder):
    rows = []
    # Trained anew: two lines, not one of their means.
    for digest, accuracy in ("bbbbbb1111", 0.4), ("cccccc2222", 0.8):
        rows += [cell("twice", "none", 0, accuracy, model_digest=digest),
                 cell("twice", "blur", 1, accuracy - 0.1, model_digest=digest),
                 cell("twice", "blur", 2, accuracy - 0.2, model_digest=digest),
                 cell("twice", "noise", 1, accuracy - 0.3, model_digest=digest)]
    # Run again, and failed in between: the last that did not counts.
    rows += [cell("lazy", "none", 0, 0.9), cell("lazy", "blur", 1, 0.1), cell("lazy", "blur", 1, 0.85),
             failed("lazy", "blur", 1, "no luck")]
    # Never answered, or not always.
    rows += [failed("lost", kind, severity, "no weights") for kind, severity in (("none", 0), ("blur", 1), ("noise", 1))]
    rows += [failed("lost", "blur", severity, "it ended by signal %d" % severity) for severity in (2, 3, 4, 5)]
    rows.append(failed("twice", "noise", 2, "no luck", model_digest="cccccc2222"))
    # Other pictures.
    for more in {"limit": 1}, {"dataset": "others"}, {"flip": True}:
        rows += [cell("lazy", "none", 0, 0.2, **more), cell("lazy", "blur", 1, 0.1, pictures=1, **more)]
    with open(os.path.join(folder, "robust.jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def check(page):
    with Browser() as browser:
        browser.show(page)
        tables = browser.ask(ROWS)
        assert tables[0] == [
            ["model", "as they are", "damaged", "blur", "noise"],
            ["lazy", "90.0 %", "85.0 %", "85.0 %", "–"],
            ["twice (cccccc)", "80.0 %", "70.0 %", "70.0 %", "50.0 %"],
            ["twice (bbbbbb)", "40.0 %", "30.0 %", "30.0 %", "10.0 %"],
            ["lost", "–", "–", "–", "–"]], tables[0]
        assert browser.ask(TEXTS % ".legend .still") == ["lost: failed"]
        assert browser.ask("""[...document.querySelectorAll('#rows .failures li')].map((one) =>
            [...one.children].map((part) => part.textContent))""") == [
                ["twice", "1 of 5 cells", "no luck"], ["lost", "3 of 7 cells", "no weights"],
                ["lost", "1 of 7 cells", "it ended by signal 2"], ["lost", "1 of 7 cells", "it ended by signal 3"],
                ["lost", "2 of 7 cells", "other errors, in the table"]]
        assert tables[1:] == 3 * [[["model", "as they are", "damaged", "blur"], ["lazy", "20.0 %", "10.0 %", "10.0 %"]]]
        assert browser.ask(SEVERITIES) == ["0 1 2", "0 1 2", "0 1", "0 1", "0 1"]
        assert browser.ask(BEST) == [4, 0, 0, 0]
        assert browser.ask(TEXTS % "section > h3, #robustness > h3") == [
            "data set faces, limit none, mirrored no", "data set faces, limit 1, mirrored no",
            "data set others, limit none, mirrored no", "data set faces, limit none, mirrored yes"]
        notes = [note for note in browser.ask(TEXTS % "header small") if note]
        assert notes == ["damaged: over the 1 of 3 kinds, severities and seeds that all models have; incomplete: lazy"], notes
        assert not browser.complaints, browser.complaints


if os.path.isdir(sys.argv[1]):
    write(sys.argv[1])
else:
    if not Browser.program:
        sys.exit(77)
    check(sys.argv[1])
