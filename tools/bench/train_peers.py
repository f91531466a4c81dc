# SPDX-License-Identifier: Apache-2.0
"""Training steps beside torch's; see tools/bench/train_peers."""
import argparse
import json
import os
import statistics
import subprocess
import time

import measure

# Channels, side, configuration of the plugin, and the least ratio that is wanted.
NETWORKS = {
    "cnn-baseline": ("cnn-baseline", 1, 48, {"dropout": "0", "dense_dropout": "0"}, 1.0),
    "resnet-18-half": ("resnet-transfer", 3, 48, {"stem": "small", "width": "32"}, 1.0),
    "resnet-18": ("resnet-transfer", 3, 64, {}, 1.0),
    "mobilenet": ("mobilenet-transfer", 3, 96, {}, 1.0),
    "vit": ("vit", 3, 48, {"width": "192", "depth": "6", "heads": "3", "mlp_ratio": "2",
                           "patch": "4", "stem": "conv", "stem_layers": "3", "pool": "mean"}, 1.5),
}
HERE = os.path.dirname(os.path.abspath(__file__))
TURN = 0.3  # seconds


class Worker:
    """A process that takes training steps when told to."""

    def __init__(self, command, threads):
        # Threads of one worker must not spin while the other works.
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment, text=True)
        self.command, self.seconds, self.steps, self.peak = command, [], 1, 0
        self.take(1)
        self.steps = max(1, int(TURN / self.take(2)))

    def take(self, steps):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{' '.join(self.command[:3])} …: exit status {self.process.wait()}")
        answer = json.loads(answer)
        self.peak = answer["peak_bytes"]
        return answer["seconds"] / steps

    def turn(self):
        self.seconds.append(self.take(self.steps))

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def start(name, batch, threads):
    plugin, channels, side, config, _ = NETWORKS[name]
    numbers = [str(number) for number in (side, channels, 3, batch, threads)]
    keys = [word for item in config.items() for word in item]
    torch = ["python3", "-B", os.path.join(HERE, "train_torch.py"), name]
    return {
        "mien": Worker([os.path.join(measure.PROGRAMS, "bench-train"),
                        f"build/release/lib/mien/plugins/{plugin}.so", *numbers, *keys], threads),
        "torch": Worker([*torch, "contiguous", str(batch), str(threads)], threads),
        "torch, channels last": Worker([*torch, "channels_last", str(batch), str(threads)], threads),
    }


def compare(name, arguments):
    workers = start(name, arguments.batch, arguments.threads)
    end = time.monotonic() + arguments.seconds * len(workers)
    while time.monotonic() < end or len(workers["mien"].seconds) < 3:
        for worker in workers.values():
            worker.turn()
    for worker in workers.values():
        worker.end()
    pick = min if arguments.fastest else statistics.median
    rates = {label: arguments.batch / pick(worker.seconds) for label, worker in workers.items()}
    best = max((label for label in rates if label != "mien"), key=rates.get)
    return {"network": name, "batch": arguments.batch, "threads": arguments.threads,
            "images_per_second": round(rates["mien"], 1), "peer": best,
            "peer_images_per_second": round(rates[best], 1),
            "ratio": round(rates["mien"] / rates[best], 3), "target": NETWORKS[name][4],
            "peak_bytes": workers["mien"].peak, "peer_peak_bytes": workers[best].peak}


def main():
    parser = argparse.ArgumentParser(prog="tools/bench/train_peers")
    parser.add_argument("-n", "--network", action="append", choices=NETWORKS)
    parser.add_argument("-b", "--batch", type=int, default=32)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-s", "--seconds", type=float, default=10)
    parser.add_argument("--fastest", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    for i, name in enumerate(arguments.network or NETWORKS):
        measure.progress(i, len(arguments.network or NETWORKS), name)
        rows.append(compare(name, arguments))
    measure.progress(1, 1, "")
    measure.print_rows(
        rows, ["NETWORK", "BATCH", "THREADS", "mien/s", "torch/s", "LAYOUT", "RATIO", "TARGET", "",
               "mien MB", "torch MB"],
        lambda row: [row["network"], row["batch"], row["threads"], row["images_per_second"],
                     row["peer_images_per_second"],
                     "channels last" if "last" in row["peer"] else "contiguous",
                     f"{row['ratio']:.2f}", f"{row['target']:.1f}",
                     measure.met(row["ratio"] >= row["target"]),
                     measure.megabytes(row["peak_bytes"]), measure.megabytes(row["peer_peak_bytes"])],
        arguments.json)


if __name__ == "__main__":
    main()
