# SPDX-License-Identifier: Apache-2.0
"""Checks docs/manifest.schema.json with a validator that knows nothing of Mien: the schema is one,
every shipped manifest fits it, and what single keys have wrong does not."""

import glob
import json
import os
import re
import sys

import jsonschema
import yaml

# Broken in ways that a schema cannot see, or that end the reading before there is anything to see.
BEYOND = {
    "alias", "anchor", "bad-indent", "billion-laughs", "control-character", "deep", "directive",
    "duplicate-key", "duplicate-nested-key", "empty", "escaped-nul", "escaped-terminal-code",
    "key-is-list", "line-break-in-value", "local-tag", "merge-key", "not-utf-8", "nul-byte",
    "overlong-utf-8", "tab-indent", "tag", "two-documents", "unclosed-list", "unclosed-quote",
    "utf-16",
    # Rules between keys, and the form of keys of the writer's own.
    "dataset-class-slash", "dataset-rename-slash", "dataset-rename-unknown",
    "ensemble-golden-no-classes", "ensemble-golden-wrong-count", "ensemble-twice",
    "golden-bad-crop", "golden-other-top", "golden-unknown-top", "golden-with-both",
    "golden-without-values", "golden-wrong-count", "nested-config-list", "not-a-number", "recipe-class-slash",
    "sweep-class-comma", "sweep-fraction", "sweep-plan", "sweep-unknown-corruption", "two-means",
}


class Reader(yaml.SafeLoader):
    """YAML 1.1 as PyYAML reads it, but for numbers such as 1e-3, which 1.2 and Mien take."""


Reader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"))


def read(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Reader)


def main():
    root = os.environ["MIEN_SOURCE"]
    with open(f"{root}/docs/manifest.schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    failures = []
    shipped = glob.glob(f"{root}/manifests/**/*.yaml", recursive=True)
    for path in shipped:
        failures += [f"{path}: {error.message}" for error in validator.iter_errors(read(path))]
    broken = glob.glob(f"{root}/tests/broken/manifests/*.yaml")
    tried = 0
    for path in broken:
        if os.path.basename(path)[:-len(".yaml")] not in BEYOND:
            tried += 1
            if validator.is_valid(read(path)):
                failures.append(f"{path}: the schema takes it")
    print(f"{len(shipped)} shipped manifests, {tried} of {len(broken)} broken ones tried")
    for failure in failures:
        print(failure)
    sys.exit(bool(failures) or not shipped or not tried)


main()
