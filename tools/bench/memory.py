# SPDX-License-Identifier: Apache-2.0
"""Memory of models against what is promised; see tools/bench/memory."""
import argparse
import os

import measure

NAMES = ("cnn-baseline", "resnet-18", "resnet-50", "vit-b-16", "vit-tiny")
# Packed weights over f32 weights. Plan small never expands, but fills the last columns of a matrix
# up to whole vectors, which shows in small networks.
MOST_PACKED = {"fast": 2.0, "small": 1.02}
SPARE = 30e6


def row_of(name, plan):
    manifest = measure.exported(name)
    costs = measure.Run([os.path.join(measure.PROGRAMS, "bench-contexts"), manifest, plan]).objects()[0]
    peak = measure.Run([measure.MIEN, "predict", "--json", "--threads", "1", "--plan", plan, "-m", manifest,
                        measure.PORTRAIT]).sure_peak()
    bound = costs["packed_bytes"] + 1.5 * costs["arena_bytes"] + SPARE
    shared = costs["packed_bytes"] == costs["packed_bytes_of_two"]
    return {
        "model": name, "plan": plan, **costs,
        "packed_over_weights": round(costs["packed_bytes"] / costs["weights_bytes"], 3),
        "peak_bytes": peak, "peak_bound_bytes": round(bound),
        "met": costs["packed_bytes"] <= MOST_PACKED[plan] * costs["weights_bytes"] and peak <= bound and shared,
    }


def cells(row):
    size = measure.megabytes
    return [row["model"], row["plan"], size(row["weights_bytes"]), size(row["packed_bytes"]),
            f"{row['packed_over_weights']:.2f}", size(row["arena_bytes"]), size(row["peak_bytes"]),
            size(row["peak_bound_bytes"]), size(row["second_context_bytes"]),
            size(row["packed_bytes_of_two"] - row["packed_bytes"]), measure.met(row["met"])]


def main():
    parser = argparse.ArgumentParser(prog="tools/bench/memory")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    cases = [(name, plan) for name in NAMES for plan in MOST_PACKED]
    rows = []
    for name, plan in cases:
        measure.progress(len(rows), len(cases), f"{name}, {plan}")
        rows.append(row_of(name, plan))
    measure.progress(1, 1, "")
    measure.print_rows(rows, ["MODEL, MB", "PLAN", "WEIGHTS", "PACKED", "RATIO", "ARENA", "PEAK", "BOUND",
                              "2ND CONTEXT", "ITS WEIGHTS", ""], cells, arguments.json)


if __name__ == "__main__":
    main()
