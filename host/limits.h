// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a shell's `ulimit` sets: met as errors, not as an end by the system.
#ifndef MIEN_HOST_LIMITS_H
#define MIEN_HOST_LIMITS_H

#include "mien/status.h"

#include <stddef.h>

/// From now on as many files may be open at a time as the process may ask for, and a file that may
/// not grow is an error (EFBIG) in place of SIGXFSZ. What this process starts has both, too.
void mien_limits_prepare(void);

/// Whether this many more files could be open now. Errors: MIEN_IO, MIEN_OUT_OF_MEMORY.
/// [any thread, but files that others open meanwhile count]
MIEN_MUST_CHECK mien_status mien_limits_try_files(size_t count, mien_error *error);

#endif
