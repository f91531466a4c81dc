# SPDX-License-Identifier: Apache-2.0
"""What scipy says, kept as JSON: written, or with --check compared with what is there."""
import json
import math
import sys

import scipy


def same(one, other, **tolerances):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key], **tolerances) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(
            same(*each, **tolerances) for each in zip(one, other))
    return one == other or math.isclose(one, other, **tolerances)


def write_or_check(output, made, **tolerances):
    if sys.argv[1:] == ["--check"]:
        if not same(json.loads(output.read_text()), json.loads(json.dumps(made)), **tolerances):
            sys.exit(f"{output.name} is not what scipy {scipy.__version__} says")
    else:
        output.write_text(json.dumps(made, separators=(",", ":")) + "\n")
