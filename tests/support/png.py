# SPDX-License-Identifier: Apache-2.0
"""Writes small pictures for tests with Python alone."""
import struct
import zlib


def png(rows):
    """The bytes of a grey PNG whose pixels are `rows`, lists of numbers from 0 to 255."""

    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body
                + struct.pack(">I", zlib.crc32(kind + body)))
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    body = b"".join(b"\0" + bytes(row) for row in rows)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body))
            + chunk(b"IEND", b""))
