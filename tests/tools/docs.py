# SPDX-License-Identifier: Apache-2.0
"""Checks the Markdown documents: relative links and their anchors lead somewhere, the options of
`mien` command lines in code blocks exist, and files and tests named in
backquotes are there, and cards say what a reader of a model's card looks for."""

import functools
import glob
import os
import re
import shlex
import subprocess
import sys
import unicodedata

SOURCE = os.environ["MIEN_SOURCE"]
MIEN = os.path.join(os.environ["MIEN_BUILD"], "bin", "mien")
ROOMS = ("zoo", "host", "plugins", "manifests", "tools", "tests", "docs")
PLACEHOLDER = r"NAME|ROOM|WAY|SET"
# A model's card: where it comes from, how good and how quick, what not to do.
CARD = {
    "its data": r"\| data \|",
    "its size": r"\| weights \|.* MB", "its latency": r"\| latency \|.* ms",
    "the command that judges it": r" {4}mien evaluate ",
    "its accuracy with an interval": r"\| accuracy.* \| [\d.]+ \| [\d.]+ to [\d.]+ \|",
    "its confusion matrix": r"\| label \| taken for ", "what not to do": r"## What not to do",
}
# How to make it again. Others' weights have an origin instead, ensembles have members.
TRAINED = {
    "its recipe": r"\| recipe \| \[recipes/", "its seed": r"\bseed \d",
    "the command that trains it": r" {4}mien train manifests/recipes/",
}
ORIGIN = r"\| (origin|members) \|"
problems = []


def documents():
    for folder, folders, files in os.walk(SOURCE):
        folders[:] = sorted(f for f in folders
                            if not f.startswith(".") and f not in ("build", "node_modules"))
        for file in sorted(files):
            if file.endswith(".md"):
                yield os.path.relpath(os.path.join(folder, file), SOURCE)


def read(document):
    with open(os.path.join(SOURCE, document), encoding="utf-8") as file:
        return file.read().splitlines()


def split(lines):
    """Yields (number, line, whether it is code): fenced, or indented after an empty line."""
    fence, indented, before = False, False, ""
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fence = not fence
            continue
        indented = line.startswith("    ") and (indented or not before.strip())
        before = line
        yield number, line, fence or indented


@functools.cache
def anchors(document):
    """What GitHub makes of headings."""
    found = set()
    for _, line, code in split(read(document)):
        heading = None if code else re.match(r"#+ +(.*)", line)
        if heading:
            text = re.sub(r"[`*]|\[|\]\([^)]*\)", "", heading[1]).strip().lower()
            kept = (c for c in text if c in " -_" or unicodedata.category(c)[0] in "LN")
            anchor = "".join(kept).replace(" ", "-")
            again = 0
            while anchor + (f"-{again}" if again else "") in found:
                again += 1
            found.add(anchor + (f"-{again}" if again else ""))
    return found


def check_links(document, where, line):
    targets = re.findall(r"\]\(([^)\s]+)\)", line) + re.findall(r'(?:src|href)="([^"]+)"', line)
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = os.path.normpath(os.path.join(os.path.dirname(document), path)) if path else document
        if not os.path.exists(os.path.join(SOURCE, file)):
            problems.append(f"{where}: the link to {target} leads to no file")
        elif anchor and anchor not in anchors(file):
            problems.append(f"{where}: {file} has no heading for #{anchor}")


def check_files(where, line):
    for name in re.findall(r"`((?:%s)/[\w./+-]+)`" % "|".join(ROOMS), line):
        room, _, test = name.partition("/")
        if not (os.path.exists(os.path.join(SOURCE, name)) or re.search(PLACEHOLDER, name)
                or glob.glob(os.path.join(SOURCE, "tests", room, f"test_{test}.*"))):
            problems.append(f"{where}: there is no {name}")


@functools.cache
def options_of(command):
    """Long and short options of a command of mien, or None where there is no such command."""
    shown = subprocess.run([MIEN, command, "--help"], capture_output=True, text=True, check=False)
    if shown.returncode != 0:
        return None
    lines = re.findall(r"^  (?:(-\w), |    )(--[\w-]+)", shown.stdout, re.M)
    return {option for line in lines for option in line}


def check_command(where, words):
    options = options_of(words[0])
    if options is None:
        problems.append(f"{where}: there is no command mien {words[0]}")
        return
    for word in words[1:]:
        option = word.split("=")[0]
        if re.fullmatch(r"--?[a-z][\w-]*", option) and option not in options:
            problems.append(f"{where}: mien {words[0]} has no option {option}")


def check_code(where, line):
    """Checks a line that runs mien, and says whether it is one."""
    found = re.match(r"\s*(?:\$ )?(?:\S*tools/debian )?(?:\S*/)?mien (.*)", line)
    if not found:
        return False
    command = re.split(r" [|>&]|[;|]| #", found[1])[0]
    words = shlex.split(command)
    if words and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        check_command(where, words)
    return True


def check_card(document):
    lines = read(document)
    wanted = dict(CARD) if any(re.match(ORIGIN, line) for line in lines) else CARD | TRAINED
    for what, pattern in wanted.items():
        if not any(re.match(".*" + pattern, line) for line in lines):
            problems.append(f"{document}: a model's card lacks {what}")


def main():
    count = commands = 0
    for document in documents():
        count += 1
        if re.fullmatch(r"manifests/[\w-]+\.md", document):
            check_card(document)
        begun = ""
        for number, line, code in split(read(document)):
            where = f"{document}:{number}"
            if code and line.endswith("\\"):
                begun += line[:-1]
            elif code:
                commands += check_code(where, begun + line)
                begun = ""
            else:
                check_links(document, where, line)
                check_files(where, line)
    print(f"docs: {count} documents, {commands} runs of mien, {len(problems)} problems")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


sys.exit(main())
