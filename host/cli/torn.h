// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a machine that went down leaves of a row of results: its beginning, without an end. Where
/// files are put together by `cat`, the next file's first row then stands on the same line.
#ifndef MIEN_HOST_CLI_TORN_H
#define MIEN_HOST_CLI_TORN_H

#include <stddef.h>

/// How much of a text, which is no JSON from its first byte on, is the beginning of a row that was
/// cut off: up to the next row or the line's end. 0: it does not begin as a row of a sweep does.
/// [any thread]
size_t mien_torn_length(const char *text, size_t size);

#endif
