#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws a report as headless Chromium shows it, at its top or at a section.

Usage: screenshot.py REPORT.html TARGET.png WIDTH HEIGHT [SECTION] [dark]
"""
import sys

from browser import Browser  # tests/page

if len(sys.argv) < 5:
    sys.exit(__doc__)
report, target, width, height = sys.argv[1:5]
dark = "dark" in sys.argv[5:]
section = [word for word in sys.argv[5:] if word != "dark"]
with Browser() as browser:
    browser.show(report, width=int(width), height=int(height), dark=dark)
    if section:
        browser.ask("document.documentElement.style.scrollBehavior = 'auto';"
                    "document.getElementById('%s').scrollIntoView();"
                    "new Promise((done) => setTimeout(done, 300))" % section[0])
    browser.picture(target)
