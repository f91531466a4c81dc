# SPDX-License-Identifier: Apache-2.0
"""variants.py COMPARISON.json: writes, of a comparison of three models, many.json with twelve of long
names, close.json with twelve whose names nearly meet, equal.json with three that are equally often
right, one.json with one, failed.json in which one has an error, and nothing.json in which all have."""
import copy
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    whole = json.load(file)
ERROR = "m.yaml:12:3: weights of another network: " + "the tensor conv_1.weight is 3x3x32x64; " * 3


def write(name, models, **more):
    """Without an order, as before there was one, unless there is one in `more`."""
    with open(name, "w", encoding="utf-8") as file:
        json.dump({key: whole[key] for key in whole if key != "order"} | {"models": models} | more, file)


many, answers = [], []
for i in range(12):
    model = copy.deepcopy(whole["models"][i % 3])
    model["model"] += "-that-learned-from-a-large-teacher-%02d" % i
    # Four by four at nearly one place, where names have the least room.
    model["p50_ms"] = 1 + i // 4 + 0.02 * (i % 4)
    model["accuracy"] = {"value": 0.7 + 0.05 * (i // 4) + 0.004 * (i % 4), "low": 0.6, "high": 0.9}
    # Shares of all sizes, so that every shade has its text on it.
    classes = len(whole["classes"])
    model["confusion"] = [[100 - 8 * i if k == row else 8 * i // (classes - 1) for k in range(classes)]
                          for row in range(classes)]
    many.append(model)
    answers.append({"model": model["model"], "class": whole["classes"][i % classes], "probability": 0.99})
disputed = [one | {"answers": answers} for one in whole["disagreements"]]
write("many.json", many, pairs=whole["pairs"], disagreements=disputed)

# Dots from left to right at one height, each name with room on one side, and little of it.
close = []
for i in range(12):
    model = copy.deepcopy(whole["models"][i % 3]) | {"model": "model-%02d" % i * (1 + i % 2), "p50_ms": 1.13 ** i}
    model["accuracy"] = {"value": 0.8 + 0.001 * (i % 4), "low": 0.7, "high": 0.9}
    close.append(model)
write("close.json", close, pairs=[], disagreements=[], order=list(range(12)))

# The comparison's order is not that of the file; latencies are those of networks of a few numbers.
equal = []
for model, latency in zip(whole["models"], (0.0031, 0.0012, 0.0048)):
    equal.append(model | {"accuracy": {"value": 0.75, "low": 0.6, "high": 0.9}, "rank": 1, "p50_ms": latency})
write("equal.json", equal, order=[2, 0, 1], missing={"pictures": None, "level": 0.05 / 3, "power": 0.8})
write("one.json", whole["models"][:1], pairs=[], disagreements=[])
failed = [{"model": whole["models"][0]["model"], "error": ERROR}]
write("failed.json", failed + whole["models"][1:])
write("nothing.json", failed, pairs=[], disagreements=[])
