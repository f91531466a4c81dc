# SPDX-License-Identifier: Apache-2.0
"""Grad-CAM beside a plain prediction and beside torch's; see tools/bench/explain_peers."""
import argparse
import json
import os
import statistics
import subprocess
import time

import measure

NETWORKS = ("cnn-baseline", "resnet-18", "mobilenet", "vit-tiny", "vit-compact")
MOST_OF_PREDICTION, MOST_OF_TORCH = 2.5, 0.5
HERE = os.path.dirname(os.path.abspath(__file__))


class Worker:
    """A process that predicts or explains when told to."""

    def __init__(self, command, deed, threads, turn):
        # Threads of one worker must not spin while the other works.
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment, text=True)
        self.command, self.deed, self.seconds = command, deed, []
        self.act(1)
        self.times = max(1, int(turn / self.act(2)))

    def act(self, times):
        self.process.stdin.write(f"{self.deed} {times}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{' '.join(self.command[:3])} …: exit status {self.process.wait()}")
        return json.loads(answer)["seconds"] / times

    def turn(self):
        self.seconds.append(self.act(self.times))

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def start(name, threads, turn):
    mien = [os.path.join(measure.PROGRAMS, "bench-cam"), measure.exported(name), str(threads)]
    torch = ["python3", "-B", os.path.join(HERE, "explain_torch.py"), name]
    return {
        "predict": Worker(mien, "predict", threads, turn),
        "explain": Worker(mien, "explain", threads, turn),
        "torch": Worker([*torch, "contiguous", str(threads)], "explain", threads, turn),
        "torch, channels last": Worker([*torch, "channels_last", str(threads)], "explain", threads,
                                       turn),
    }


def compare(name, arguments):
    workers = start(name, arguments.threads, arguments.turn)
    end = time.monotonic() + arguments.seconds * len(workers)
    while time.monotonic() < end or len(workers["predict"].seconds) < 3:
        for worker in workers.values():
            worker.turn()
    for worker in workers.values():
        worker.end()
    pick = min if arguments.fastest else statistics.median
    times = {label: 1e3 * pick(worker.seconds) for label, worker in workers.items()}
    best = min((label for label in times if label.startswith("torch")), key=times.get)
    return {"network": name, "threads": arguments.threads,
            "predict_ms": round(times["predict"], 4), "explain_ms": round(times["explain"], 4),
            "peer": best, "peer_ms": round(times[best], 4),
            "of_prediction": round(times["explain"] / times["predict"], 3),
            "of_torch": round(times["explain"] / times[best], 3)}


def main():
    parser = argparse.ArgumentParser(prog="tools/bench/explain_peers")
    parser.add_argument("-n", "--network", action="append", choices=NETWORKS)
    parser.add_argument("-t", "--threads", type=int, default=1)
    parser.add_argument("-s", "--seconds", type=float, default=5)
    parser.add_argument("--turn", type=float, default=0.3)
    parser.add_argument("--fastest", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    chosen = arguments.network or NETWORKS
    rows = []
    for i, name in enumerate(chosen):
        measure.progress(i, len(chosen), name)
        rows.append(compare(name, arguments))
    measure.progress(1, 1, "")
    measure.print_rows(
        rows, ["NETWORK", "THREADS", "PREDICT MS", "GRAD-CAM MS", "OF PREDICT", "", "torch MS",
               "LAYOUT", "OF torch", ""],
        lambda row: [row["network"], row["threads"], f"{row['predict_ms']:.3f}",
                     f"{row['explain_ms']:.3f}", f"{row['of_prediction']:.2f}",
                     measure.met(row["of_prediction"] <= MOST_OF_PREDICTION),
                     f"{row['peer_ms']:.3f}",
                     "channels last" if "last" in row["peer"] else "contiguous",
                     f"{row['of_torch']:.2f}", measure.met(row["of_torch"] <= MOST_OF_TORCH)],
        arguments.json)


if __name__ == "__main__":
    main()
