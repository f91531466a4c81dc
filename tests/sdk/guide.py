# SPDX-License-Identifier: Apache-2.0
"""Checks docs/writing-a-plugin.md: what it quotes stands so in the files, and what it shows of a
terminal is what comes. Runs in a folder that is laid out as the guide's reader has it.

After `<!-- quotes FILE -->` a code block's lines follow one another in FILE. In a `console` block
lines that begin with "$ " are run by one shell; the others must come in its output, in that order,
though more may come between them. "…" stands for anything, runs of blanks are as one.
"""
import os
import re
import subprocess
import sys

GUIDE = os.path.join(os.environ["MIEN_SOURCE"], "docs", "writing-a-plugin.md")
problems = []


def blocks(text):
    """Yields (quoted file or None, language, content)."""
    pattern = r"(?:<!-- quotes (\S+) -->\n)?```(\w+)\n(.*?)^```$"
    for found in re.finditer(pattern, text, re.M | re.S):
        yield found[1], found[2], found[3]


def check_quotation(file, content):
    with open(os.path.join(os.path.dirname(GUIDE), file), encoding="utf-8") as opened:
        whole = "\n" + opened.read()
    if "\n" + content not in whole:
        problems.append(f"this does not stand in {file}:\n{content}")


def plain(line):
    return " ".join(line.split())


def check_console(content, before):
    """Runs a block after the lines `before`, which set the shell up. Returns what to set up next."""
    commands = [line[2:] for line in content.splitlines() if line.startswith("$ ")]
    shown = [plain(line) for line in content.splitlines() if not line.startswith("$ ")]
    script = "\n".join(before + commands)
    ran = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         stdin=subprocess.DEVNULL, text=True, check=False)
    came = iter([plain(line) for line in ran.stdout.splitlines()])
    for line in shown:
        wanted = ".*".join(re.escape(part) for part in line.split("…"))
        if line and not any(re.fullmatch(wanted, each) for each in came):
            problems.append(f"after\n{script}\nthere is no line\n{line}\nin\n{ran.stdout}")
            break
    return before + [command for command in commands if command.startswith("export ")]


def main():
    with open(GUIDE, encoding="utf-8") as file:
        text = file.read()
    quotations = consoles = 0
    setup = []
    for file, language, content in blocks(text):
        if file:
            quotations += 1
            check_quotation(file, content)
        elif language == "console":
            consoles += 1
            setup = check_console(content, setup)
        elif language != "sh":
            problems.append(f"a {language} block quotes no file:\n{content}")
    if quotations < 10 or consoles < 10:
        problems.append(f"only {quotations} quotations and {consoles} terminals were found")
    print(f"guide: {quotations} quotations, {consoles} terminals, {len(problems)} problems")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


sys.exit(main())
