# SPDX-License-Identifier: Apache-2.0
"""results.py FOLDER: writes rows.jsonl, a small sweep with hostile names, and its CSV twin."""
import csv
import json
import os
import sys

MODELS = {"</script><script>document.title = 'lost'</script>": 0.9, "<b>bold</b>": 0.8, "plain": 0.7}
rows = []
for name, start in MODELS.items():
    for corruption, loss in (("none", 0), ("blur", 0.02), ("<i>noise</i>", 0.05)):
        for severity in range(1, 6) if loss else [0]:
            for seed in (1, 2):
                value = start - loss * severity + 0.002 * seed
                rows.append({
                    "schema": 1, "model": name, "dataset": "faces", "corruption": corruption,
                    "severity": severity, "seed": seed,
                    "figures": {"accuracy": {"value": value, "low": value - 0.1, "high": value + 0.1},
                                "log_loss": 1 - value}})
rows.append({"model": "broken", "dataset": "faces", "error": "cannot be loaded & <b>run</b>"})
with open(os.path.join(sys.argv[1], "rows.jsonl"), "w", encoding="utf-8") as file:
    file.writelines(json.dumps(row) + "\n" for row in rows)
with open(os.path.join(sys.argv[1], "rows.csv"), "w", encoding="utf-8", newline="") as file:
    table = csv.writer(file)
    table.writerow(["model", "dataset", "corruption", "severity", "seed", "accuracy"])
    for row in rows[:-1]:
        table.writerow([row["model"], row["dataset"], row["corruption"], row["severity"],
                        row["seed"], row["figures"]["accuracy"]["value"]])
