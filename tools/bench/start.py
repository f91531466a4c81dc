# SPDX-License-Identifier: Apache-2.0
"""Cold start against a torch process; see tools/bench/start."""
import argparse
import json
import os

import measure

TARGET = 0.1


def main():
    parser = argparse.ArgumentParser(prog="tools/bench/start")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    weights = os.path.join(measure.MODELS, "resnet-18.pt")
    commands = {
        "mien": [measure.MIEN, "predict", "-k", "1", "--json", "-m", measure.exported("resnet-18"),
                 measure.PORTRAIT],
        "torch": ["python3", os.path.join(os.path.dirname(__file__), "start_torch.py"), weights,
                  measure.PORTRAIT],
    }
    seconds = {name: [] for name in commands}
    answers = {}
    for turn in range(arguments.runs + 1):
        for name, command in commands.items():
            measure.progress(turn, arguments.runs + 1, name)
            run = measure.Run(command)
            answers[name] = run.output.strip()
            if turn: # the first brings files into the page cache
                seconds[name].append(run.first_line)
    measure.progress(1, 1, "")
    said = json.loads(answers["mien"])["predictions"][0]["class"]
    if said != answers["torch"]:
        raise SystemExit(f"not the same network: mien says {said}, torch {answers['torch']}")
    ours, theirs = (measure.median_ms(seconds[name]) for name in ("mien", "torch"))
    row = {"model": "resnet-18", "ours_ms": round(ours, 2), "peer": "torch",
           "peer_ms": round(theirs, 2), "ratio": round(ours / theirs, 4)}
    measure.print_rows(
        [row], ["MODEL", "mien ms", "torch ms", "RATIO", "TARGET", ""],
        lambda row: [row["model"], f"{ours:.1f}", f"{theirs:.1f}", f"{row['ratio']:.3f}", f"{TARGET:.2f}",
                     measure.met(row["ratio"] <= TARGET)],
        arguments.json)


if __name__ == "__main__":
    main()
