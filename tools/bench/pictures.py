# SPDX-License-Identifier: Apache-2.0
"""Many pictures through `mien predict`; see tools/bench/pictures."""
import argparse
import glob
import itertools
import os
import sys

import measure

FACES = "../shared/data/fer2013/train"
BATCH = "8"

# model, kind of pictures, part of --count: a large network would take minutes
CASES = [
    ("mini-xception", "faces", 1.0),
    ("face-expression", "faces", 1.0),
    ("resnet-18", "faces", 0.1),
    ("mini-xception", "photos", 0.2),
    ("resnet-18", "photos", 0.1),
]


def find_pictures():
    """Kind to paths; small PNGs of faces, larger JPEGs of a photo."""
    found = {"photos": sorted(glob.glob("build/bench/pictures/*.jpg"))}
    faces = sorted(glob.glob(os.path.join(FACES, "*", "*.png")))
    if faces:
        found["faces"] = faces
    else:
        print(f"{FACES} is absent: no small PNGs, only the JPEGs made of the demonstration photo",
              file=sys.stderr)
    return found


def take(paths, count):
    return list(itertools.islice(itertools.cycle(paths), count))


def name_of(model):
    exported = measure.exported(model)
    return exported if os.path.exists(exported) else model


def network_rate(model):
    """Pictures a second of the network alone, on one thread: one by one or in batches."""
    run = measure.Run([measure.MIEN, "bench", "--json", "--batch", BATCH, "--threads", "1", model])
    result = run.objects()[0]
    return max(result["pictures_per_second"], 1e3 / result["latency_p50_ms"])


def predict(model, threads, paths):
    return measure.Run([measure.MIEN, "predict", "--json", "-k", "1", "--batch", BATCH, "--threads", str(threads),
                        "-m", model, *paths])


def row_of(case, paths, arguments):
    model, kind, part = case
    count, threads = max(100, int(arguments.count * part)), arguments.threads
    alone = network_rate(name_of(model))
    one = predict(name_of(model), threads, paths[:1])
    few = predict(name_of(model), threads, take(paths, count // 10))
    many = predict(name_of(model), threads, take(paths, count))
    seconds, processor = many.seconds - one.seconds, many.processor - one.processor
    return {
        "model": model, "pictures": kind, "count": count, "threads": threads,
        "network_per_second": round(threads * alone, 1), "predict_per_second": round((count - 1) / seconds, 1),
        "share_of_network_rate": round((count - 1) / seconds / alone / threads, 3),
        "processor_share_of_network": round((count - 1) / alone / processor, 3),
        "cores_busy": round(processor / seconds / threads, 3),
        "peak_bytes_of_a_tenth": few.sure_peak(), "peak_bytes": many.sure_peak(),
    }


def cells(row):
    return [row["model"], row["pictures"], row["count"], f"{row['network_per_second']:.0f}",
            f"{row['predict_per_second']:.0f}", f"{row['share_of_network_rate']:.2f}",
            f"{row['processor_share_of_network']:.2f}", f"{row['cores_busy']:.2f}",
            measure.megabytes(row["peak_bytes_of_a_tenth"]), measure.megabytes(row["peak_bytes"])]


def main():
    parser = argparse.ArgumentParser(prog="tools/bench/pictures")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    pictures = find_pictures()
    cases = [case for case in CASES if case[1] in pictures]
    rows = []
    for case in cases:
        measure.progress(len(rows), len(cases), f"{case[0]}, {case[1]}")
        rows.append(row_of(case, pictures[case[1]], arguments))
    measure.progress(1, 1, "")
    measure.print_rows(rows, ["MODEL", "PICTURES", "COUNT", "NETWORK/s", "PREDICT/s", "SHARE", "OF PROCESSOR",
                              "BUSY", "PEAK MB, A TENTH", "ALL"], cells, arguments.json)


if __name__ == "__main__":
    main()
