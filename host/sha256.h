// SPDX-License-Identifier: Apache-2.0
/// @file
/// The digest of bytes in memory; mien_sha256_file() has a file's.
#ifndef MIEN_HOST_SHA256_H
#define MIEN_HOST_SHA256_H

#include "mien/weights.h"

/// As 64 lower-case hexadecimal digits and a NUL. Errors: MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_sha256_bytes(const void *bytes, size_t size,
                                              char digest[MIEN_SHA256_HEX], mien_error *error);

#endif
