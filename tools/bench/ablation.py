# SPDX-License-Identifier: Apache-2.0
"""What each part of training brings; see tools/bench/ablation."""
import argparse
import csv
import json
import os
import subprocess
import sys

import measure

MIEN = os.environ.get("MIEN_PROGRAM", measure.MIEN)
RECIPE = "mobilenet-transfer"
SMALL = {"model.input.height": 64, "model.input.width": 64, "distill": "{}"}
PLAIN = {"data.vote_weight": 0, "augment": "{}"}

# What of the recipe is changed, by row; all but scratch start from --weights.
ROWS = {
    "scratch": {**SMALL, **PLAIN, "start": "{}"},
    "transfer": {**SMALL, **PLAIN},
    "augmentation": {**SMALL, "data.vote_weight": 0},
    "votes": SMALL,
    "distillation": {**SMALL, "distill": "{teacher: mobilenet-transfer, weight: 0.5}"},
}
COLUMNS = ["row", "seed", "epochs", "changes", "validation_accuracy", "accuracy", "low",
           "high", "log_loss", "seconds"]


def say(text):
    print(f"tools/bench/ablation: {text}", file=sys.stderr)


def run(command, **options):
    """A run whose failure ends all, with its exit status: 130 after Ctrl-C."""
    try:
        done = subprocess.run(command, check=False, **options)
    except KeyboardInterrupt:  # the program had it, too, and has saved by now
        raise SystemExit(130) from None
    if done.returncode:
        say(f"{' '.join(command[:4])} …: exit status {done.returncode}")
        raise SystemExit(done.returncode)
    return done


class Table:
    """The CSV file: whole at any time, each row once."""

    def __init__(self, path):
        self.path, self.rows = path, []
        if os.path.exists(path):
            with open(path, encoding="utf-8", newline="") as file:
                self.rows = list(csv.DictReader(file))

    def find(self, row, seed, epochs):
        wanted = [row, str(seed), str(epochs)]
        return next((r for r in self.rows if [r["row"], r["seed"], r["epochs"]] == wanted), None)

    def add(self, row):
        self.rows.append({name: str(value) for name, value in row.items()})
        with open(self.path + ".part", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        os.replace(self.path + ".part", self.path)


def train(name, seed, arguments):
    """Trains, or goes on; the folder of the run."""
    folder = os.path.join(arguments.output, f"{name}-{seed}-{arguments.epochs}")
    weights = os.path.abspath(arguments.weights)
    settings = {"start": f"{{weights: \"{weights}\", statistics: refresh}}", **ROWS[name],
                "train.epochs": arguments.epochs, "train.seed": seed}
    command = [MIEN, "train", f"manifests/recipes/{RECIPE}.yaml", "--output", folder,
               "--data", os.path.join(arguments.data, "train"),
               "--threads", str(arguments.threads)]
    if "data.vote_weight" not in settings:
        command += ["--votes", os.path.join(arguments.data, "ferplus.csv")]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    if os.path.exists(os.path.join(folder, "last.checkpoint")):
        command.append("--resume")
    run(command)
    return folder


def score(name, seed, folder, arguments):
    answer = run([MIEN, "evaluate", "--json", "--threads", str(arguments.threads),
                  os.path.join(folder, RECIPE + ".yaml"), os.path.join(arguments.data, "test")],
                 stdout=subprocess.PIPE)
    model = json.loads(answer.stdout)["models"][0]
    with open(os.path.join(folder, "history.csv"), encoding="utf-8", newline="") as file:
        epochs = list(csv.DictReader(file))
    accuracy = model["accuracy"]
    return {"row": name, "seed": seed, "epochs": arguments.epochs,
            "changes": " ".join(f"{key}={value}" for key, value in ROWS[name].items()),
            "validation_accuracy": max(float(epoch["validation_accuracy"]) for epoch in epochs),
            "accuracy": round(accuracy["value"], 5), "low": round(accuracy["low"], 5),
            "high": round(accuracy["high"], 5),
            "log_loss": round(model["log_loss"]["value"], 5), "seconds": epochs[-1]["seconds"]}


def parse():
    parser = argparse.ArgumentParser(prog="tools/bench/ablation")
    parser.add_argument("-r", "--row", action="append", choices=ROWS)
    parser.add_argument("-e", "--epochs", type=int, default=6)
    parser.add_argument("-s", "--seeds", type=int, default=1)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-d", "--data", default="../shared/data/fer2013")
    parser.add_argument("-w", "--weights", default="build/weights/faceres.safetensors")
    parser.add_argument("-o", "--output", default="build/ablation")
    arguments = parser.parse_args()
    if min(arguments.epochs, arguments.seeds, arguments.threads) < 1:
        parser.error("epochs, seeds and threads are at least 1")
    return arguments


def check(names, arguments):
    """What is missing is said before hours of training."""
    needed = [os.path.join(arguments.data, part) for part in ("train", "test", "ferplus.csv")]
    if set(names) != {"scratch"}:
        needed.append(arguments.weights)
    missing = [path for path in needed if not os.path.exists(path)]
    for path in missing:
        hint = "; tools/import/shipped makes it" if path == arguments.weights else ""
        say(f"{path} is not there{hint}")
    if missing:
        raise SystemExit(3)


def cells(row):
    """A row of what is printed: shares in %."""
    return [row["row"], row["seed"], row["epochs"],
            f"{100 * float(row['validation_accuracy']):.1f}", f"{100 * float(row['accuracy']):.1f}",
            f"{100 * float(row['low']):.1f} to {100 * float(row['high']):.1f}", row["log_loss"],
            f"{float(row['seconds']):.0f}"]


def main():
    arguments = parse()
    names = arguments.row or list(ROWS)
    check(names, arguments)
    os.makedirs(arguments.output, exist_ok=True)
    table = Table(os.path.join(arguments.output, "ablation.csv"))
    for seed in range(1, arguments.seeds + 1):
        for name in names:
            if not table.find(name, seed, arguments.epochs):
                say(f"{name}, seed {seed}")
                table.add(score(name, seed, train(name, seed, arguments), arguments))
    measure.print_table(["ROW", "SEED", "EPOCHS", "VALIDATION", "TEST", "95 %", "LOG LOSS", "S"],
                        [cells(row) for row in table.rows])


if __name__ == "__main__":
    main()
