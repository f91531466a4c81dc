#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs commands in a terminal of their own and draws what it would show, as an SVG.

Usage: terminal.py FILE.svg COLUMNS COMMAND...

Each COMMAND is one line for the shell; it stands before its output, after a prompt. A command
that fails ends the program, and FILE.svg is left as it was.
"""
import fcntl
import io
import os
import pty
import struct
import sys
import termios

from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROWS = 200
# Dark, so that a page's own background, light or dark, does not matter.
THEME = TerminalTheme(
    (24, 28, 36), (214, 220, 230),
    [(66, 74, 90), (240, 113, 120), (134, 207, 128), (232, 196, 104),
     (110, 168, 254), (198, 146, 233), (92, 207, 230), (214, 220, 230)])
PROMPT = Style(color=Color.parse("green"), bold=True)
TYPED = Style(color=Color.parse("bright_white"), bold=True)
# Rich's own page fetches a font from elsewhere; every reader's machine has one of these.
PAGE = """\
<!-- SPDX-License-Identifier: Apache-2.0 -->
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
 xml:space="preserve">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: 20.2px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(command, columns):
    """What `command` writes to a terminal of `columns` columns."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvp("bash", ["bash", "-c", command])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    output = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        output += piece
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    text = output.decode().replace("\r\n", "\n")
    if status != 0:
        sys.exit(f"terminal.py: '{command}' ended with status {status}:\n{text}")
    return text


def main():
    if len(sys.argv) < 4 or not sys.argv[2].isdigit():
        sys.exit(__doc__)
    path, columns, commands = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    screen = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True,
                     color_system="truecolor", legacy_windows=False)
    for index, command in enumerate(commands):
        if index:
            screen.print()
        screen.print(Text.assemble(("$ ", PROMPT), (command, TYPED)))
        for line in run(command, columns).rstrip("\n").split("\n"):
            screen.print(Text.from_ansi(line), no_wrap=True, crop=True, overflow="ignore")
    page = screen.export_svg(title="", theme=THEME, code_format=PAGE, unique_id="mien")
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(page)
    os.rename(path + ".new", path)


main()
