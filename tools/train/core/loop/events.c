// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/events.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct mien_events {
    FILE *file;
    char *path;
};

// --- Protocol buffers ----------------------------------------------------------------------------

/// Numbers of fields, and what a field's value is encoded as.
enum { EVENT_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5, EVENT_SESSION = 7 };
enum { SUMMARY_VALUE = 1, VALUE_TAG = 1, VALUE_NUMBER = 2, SESSION_STATUS = 1, SESSION_START = 1 };
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static void put_varint(FILE *to, uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        fputc((int)(value & 0x7f) | 0x80, to);
    }
    fputc((int)value, to);
}

static void put_key(FILE *to, unsigned field, unsigned type) {
    put_varint(to, field << 3 | type);
}

/// Least significant byte first, whatever the processor.
static void put_fixed(FILE *to, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        fputc((int)(value >> 8 * i & 0xff), to);
    }
}

static void put_bytes(FILE *to, unsigned field, const void *bytes, size_t size) {
    put_key(to, field, BYTES);
    put_varint(to, size);
    fwrite(bytes, 1, size, to);
}

static void put_head(FILE *to, uint64_t step) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const double seconds = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    uint64_t bits;
    memcpy(&bits, &seconds, sizeof bits);
    put_key(to, EVENT_TIME, FIXED64);
    put_fixed(to, bits, 8);
    put_key(to, EVENT_STEP, VARINT);
    put_varint(to, step);
}

static void put_scalar(FILE *to, const mien_scalar *scalar) {
    const float value = (float)scalar->value;
    const size_t length = strlen(scalar->tag);
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(to, SUMMARY_VALUE, BYTES);
    put_varint(to, 2 + length + 5); // a tag is short, so its length is one byte
    put_bytes(to, VALUE_TAG, scalar->tag, length);
    put_key(to, VALUE_NUMBER, FIXED32);
    put_fixed(to, bits, 4);
}

// --- Records -------------------------------------------------------------------------------------

/// CRC-32C (Castagnoli), with TFRecord's mask: a checksum of what has checksums in it is weak.
static uint32_t masked_checksum(const unsigned char *bytes, size_t size) {
    uint32_t rest = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        rest ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            rest = rest >> 1 ^ (0x82f63b78u & (0u - (rest & 1)));
        }
    }
    rest = ~rest;
    return (rest >> 15 | rest << 17) + 0xa282ead8u;
}

static mien_status write_record(mien_events *events, const char *record, size_t size,
                                mien_error *error) {
    unsigned char length[8];
    for (size_t i = 0; i < sizeof length; i++) {
        length[i] = (unsigned char)((uint64_t)size >> 8 * i & 0xff);
    }
    fwrite(length, 1, sizeof length, events->file);
    put_fixed(events->file, masked_checksum(length, sizeof length), 4);
    fwrite(record, 1, size, events->file);
    put_fixed(events->file, masked_checksum((const unsigned char *)record, size), 4);
    return fflush(events->file) == 0 && !ferror(events->file)
               ? MIEN_OK
               : mien_fail(error, MIEN_IO, "%s: cannot be written (%s)", events->path,
                           strerror(errno));
}

/// An event in the making: what is put into `text` becomes a record.
typedef struct record {
    char *bytes;
    size_t size;
    FILE *text;
} record;

static mien_status finish(mien_events *events, record *made, mien_error *error) {
    const bool whole = made->text && fclose(made->text) == 0;
    const mien_status status = whole ? write_record(events, made->bytes, made->size, error)
                                     : mien_fail_memory(error, "an event");
    free(made->bytes);
    return status;
}

/// The version that readers look for, and from which step on earlier files no longer count.
static mien_status write_start(mien_events *events, uint64_t step, mien_error *error) {
    static const char version[] = "brain.Event:2";
    static const char start[] = {SESSION_STATUS << 3 | VARINT, SESSION_START};
    record first = {0}, second = {0};
    first.text = open_memstream(&first.bytes, &first.size);
    if (first.text) {
        put_head(first.text, 0);
        put_bytes(first.text, EVENT_VERSION, version, sizeof version - 1);
    }
    mien_status status = finish(events, &first, error);
    if (status != MIEN_OK || step == 0) {
        return status;
    }
    second.text = open_memstream(&second.bytes, &second.size);
    if (second.text) {
        put_head(second.text, step + 1);
        put_bytes(second.text, EVENT_SESSION, start, sizeof start);
    }
    return finish(events, &second, error);
}

mien_status mien_events_add(mien_events *events, uint64_t step, const mien_scalar *scalars,
                            size_t count, mien_error *error) {
    record summary = {0}, event = {0};
    summary.text = open_memstream(&summary.bytes, &summary.size);
    for (size_t i = 0; summary.text && i < count; i++) {
        if (isfinite(scalars[i].value)) {
            put_scalar(summary.text, &scalars[i]);
        }
    }
    if (!summary.text || fclose(summary.text) != 0) {
        free(summary.bytes);
        return mien_fail_memory(error, "an event");
    }
    event.text = open_memstream(&event.bytes, &event.size);
    if (event.text) {
        put_head(event.text, step);
        put_bytes(event.text, EVENT_SUMMARY, summary.bytes, summary.size);
    }
    free(summary.bytes);
    return finish(events, &event, error);
}

mien_status mien_events_open(const char *folder, uint64_t step, mien_events **events,
                             mien_error *error) {
    char host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    mien_events *const made = calloc(1, sizeof *made);
    if (!made || asprintf(&made->path, "%s/events.out.tfevents.%010lld.%s.%ld", folder,
                          (long long)time(NULL), host, (long)getpid()) < 0) {
        free(made);
        return mien_fail_memory(error, "events");
    }
    made->file = fopen(made->path, "abe");
    mien_status status = made->file ? write_start(made, step, error)
                                    : mien_fail(error, MIEN_IO, "%s: cannot be made (%s)",
                                                made->path, strerror(errno));
    if (status != MIEN_OK) {
        mien_events_close(made);
        return status;
    }
    *events = made;
    return MIEN_OK;
}

void mien_events_close(mien_events *events) {
    if (events) {
        if (events->file) {
            fclose(events->file);
        }
        free(events->path);
        free(events);
    }
}
