# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: running programs and measuring them, models, tables."""
import json
import os
import resource
import statistics
import subprocess
import sys
import time

PROGRAMS = "build/release/bin"
MODELS = "build/bench/models"
PORTRAIT = "build/demo/astronaut.png"
MIEN = os.path.join(PROGRAMS, "mien")


class Run:
    """One run of a program: seconds to its first line and to its end, processor seconds, peak
    resident bytes, and what it printed."""

    def __init__(self, command):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        first = process.stdout.readline()
        self.first_line = time.perf_counter() - start
        self.output = (first + process.stdout.read()).decode()
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        if process.returncode:
            sys.exit(f"{' '.join(command[:3])} …: exit status {process.returncode}")
        self.processor = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * 1024

    def sure_peak(self):
        """The peak; a child begins as an image of its parent, whose size counts as its own."""
        if self.peak <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024:
            sys.exit("a peak cannot be told from that of this script")
        return self.peak

    def objects(self):
        return [json.loads(line) for line in self.output.splitlines()]


def exported(name):
    """The manifest of a network that export.py wrote."""
    return os.path.join(MODELS, name + ".yaml")


def median_ms(values):
    return 1e3 * statistics.median(values)


def megabytes(count):
    return f"{count / 1e6:.1f}"


def met(reached):
    return "met" if reached else "missed"


def print_table(titles, rows):
    """The first column to the left, all others to the right."""
    cells = [titles, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(titles))]
    for row in cells:
        line = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        print("  ".join(line).rstrip())


def print_rows(rows, titles, to_cells, as_json):
    if as_json:
        for row in rows:
            print(json.dumps(row))
    else:
        print_table(titles, [to_cells(row) for row in rows])


def progress(done, total, what):
    """A line on standard error, on a terminal only; gone when all is done."""
    if sys.stderr.isatty():
        text = f"{done}/{total}  {what}" if done < total else ""
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
