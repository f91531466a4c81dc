// SPDX-License-Identifier: Apache-2.0
/// @file
/// Thread pools that fail where pthreadpool hangs.
#ifndef MIEN_XNN_THREADS_H
#define MIEN_XNN_THREADS_H

#include "mien/status.h"

#include <pthreadpool.h>

/// A pool of `threads` threads, the calling one included. Errors: MIEN_OUT_OF_MEMORY; MIEN_INTERNAL
/// when the system starts no more threads.
mien_status mien_threads_create(uint32_t threads, pthreadpool_t *pool, mien_error *error);

#endif
