# SPDX-License-Identifier: Apache-2.0
"""Whether two files of a sweep's results have the same cells with the same rows.

    python3 tests/cli/same_rows.py FILE FILE

Their order does not count, nor do figures of time. Ends with 1 and says so where they differ, or
where a cell has two rows.
"""
import json
import sys

TIMES = ("pictures_per_second", "p50_ms", "p95_ms", "memory_bytes")


def rows(path):
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = {key: value for key, value in json.loads(line).items() if key not in TIMES}
            if row["cell"] in found:
                sys.exit(f"{path}: cell {row['cell']} has two rows")
            found[row["cell"]] = row
    return found


first, second = map(rows, sys.argv[1:])
if first != second or not first:
    differing = [cell for cell in first.keys() | second.keys() if first.get(cell) != second.get(cell)]
    sys.exit(f"{' and '.join(sys.argv[1:])} differ in {len(differing)} cells")
