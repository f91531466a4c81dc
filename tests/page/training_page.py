# SPDX-License-Identifier: Apache-2.0
"""training_page.py REPORT EPOCHS OF: the document in a training's report adds up."""
import csv
import json
import os
import re
import sys

path, epochs, of = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(path, encoding="utf-8") as file:
    page = file.read()
island, = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
assert "<" not in island
data = json.loads(island)
assert data["kind"] == "training" and data["recipe"]["name"] == "bars", data["recipe"]
assert "</script>" in data["recipe"]["summary"] and "<b>happy" in data["classes"]
assert "filters: [4]" in data["recipe"]["text"] and "weight_decay:" in data["recipe"]["text"]

run, history, judged = data["run"], data["history"], data["evaluation"]
assert (run["epoch"], run["epochs"], run["finished"]) == (epochs, of, epochs == of), run
with open(os.path.join(os.path.dirname(path), "history.csv"), encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
assert [{key: float(value) for key, value in row.items()} for row in rows] == history, history
assert len(history) == epochs and judged["epoch"] == run["best_epoch"]

# The review is of the values that were validated: the accuracy is the one in the history, and all
# its parts count the same answers.
best = history[int(run["best_epoch"]) - 1]
confusion = judged["confusion"]
right = sum(confusion[i][i] for i in range(3))
pictures = sum(map(sum, confusion))
assert pictures == judged["pictures"] == run["validation"] == 18, judged
assert abs(right / pictures - best["validation_accuracy"]) < 1e-5, (confusion, best)
assert abs(judged["accuracy"] - best["validation_accuracy"]) < 1e-5
assert abs(judged["log_loss"] - best["validation_loss"]) < 1e-4
assert sum(each["pictures"] for each in judged["calibration"]) == pictures
assert [each["class"] for each in judged["classes"]] == data["classes"]

mistakes = judged["mistakes"]
assert len(mistakes) == min(pictures - right, 36), mistakes
worst = [each["label_probability"] for each in mistakes]
assert worst == sorted(worst), worst
for each in mistakes:
    assert each["label"] != each["answer"] and each["confidence"] >= each["label_probability"]
    assert each["picture"].startswith("data:image/jpeg;base64,/9j/")
    assert os.path.exists(os.path.join("faces", each["path"])), each["path"]
