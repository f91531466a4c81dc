# SPDX-License-Identifier: Apache-2.0
"""events.py FOLDER: a run's event files say what its history.csv says, to a reader of our own that
follows TensorFlow's definitions (record_reader.cc, event.proto, summary.proto)."""
import csv
import glob
import os
import struct
import sys
import time


def crc32c(data):
    """Bitwise, most significant bit first, on mirrored bytes: not the way the writer goes."""
    mirror = lambda value, bits: int(format(value, "0%db" % bits)[::-1], 2)
    rest = 0xffffffff
    for byte in data:
        rest ^= mirror(byte, 8) << 24
        for _ in range(8):
            rest = (rest << 1 ^ (0x1edc6f41 if rest & 0x80000000 else 0)) & 0xffffffff
    return mirror(rest, 32) ^ 0xffffffff


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def records(path):
    with open(path, "rb") as file:
        while head := file.read(12):
            length, check = struct.unpack("<QI", head)
            assert check == masked(head[:8]), path
            body = file.read(length)
            check, = struct.unpack("<I", file.read(4))
            assert check == masked(body), path
            yield body


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7f) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if kind == 2:
                size, at = varint(data, at)
            value = data[at:at + size]
            assert len(value) == size
            at += size
        yield key >> 3, value


def main():
    assert crc32c(b"123456789") == 0xe3069283  # RFC 3720's kind of CRC; its usual check value
    folder = sys.argv[1]
    files = sorted(glob.glob(os.path.join(folder, "events.out.tfevents.*")), key=os.path.getmtime)
    assert files
    steps = {}
    for path in files:
        events = [dict(fields(record)) for record in records(path)]
        assert events[0][3] == b"brain.Event:2" and 2 not in events[0] or events[0][2] == 0
        for event in events:
            assert abs(struct.unpack("<d", event[1])[0] - time.time()) < 3600
            if 7 in event:  # a run that goes on: what came after its checkpoint is void
                assert dict(fields(event[7])) == {1: 1}
                steps = {step: tags for step, tags in steps.items() if step < event[2]}
            if 5 in event:
                values = [dict(fields(value)) for number, value in fields(event[5]) if number == 1]
                steps[event[2]] = {value[1].decode(): struct.unpack("<f", value[2])[0]
                                   for value in values}
    names = {"loss/training": "loss", "loss/validation": "validation_loss",
             "accuracy/training": "accuracy", "accuracy/validation": "validation_accuracy",
             "run/rate": "rate", "run/gradient_norm": "gradient_norm",
             "run/pictures_per_second": "pictures_per_second"}
    with open(os.path.join(folder, "history.csv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sorted(steps) == [int(row["step"]) for row in rows], (sorted(steps), rows)
    for row in rows:
        tags = steps[int(row["step"])]
        assert sorted(tags) == sorted(names), tags
        for tag, key in names.items():
            wanted = float(row[key])
            near = 0.06 if key == "pictures_per_second" else 1e-3 * abs(wanted) + 1e-5
            assert abs(tags[tag] - wanted) <= near, (tag, tags[tag], wanted)


main()
