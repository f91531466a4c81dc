// SPDX-License-Identifier: Apache-2.0
/// @file
/// The packed weights of a session: one copy, shared by all of its contexts.
///
/// It is an XNNPACK weights cache whose entries are found by a key that the caller chooses, not
/// by hashing contents: the first operator made under a key packs, every later one finds. Kernels
/// of ours keep their packed weights in it too.
#ifndef MIEN_XNN_STORE_H
#define MIEN_XNN_STORE_H

#include "mien/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xnnpack.h>

typedef struct mien_store mien_store;

mien_status mien_store_create(mien_store **store, mien_error *error);
void mien_store_free(mien_store *store);

/// Chooses the key (step id, part) under which the next operator is made, and returns the cache to
/// make it with. Callers hold the session's lock while making operators.
xnn_weights_cache_t mien_store_select(mien_store *store, uint32_t step, uint32_t part);

/// What to give XNNPACK as the kernel: `unpacked` while nothing stands under the chosen key; later
/// the packed block itself, which is at least as large and whose contents XNNPACK then discards
/// (depthwise convolutions pack before they look up).
const float *mien_store_kernel(const mien_store *store, const float *unpacked);

/// A block of our own format under (step, part): `bytes` bytes, 64-byte aligned, borrowed from the
/// store. `*fresh` says that nothing stood there and the caller must fill it. NULL when out of
/// memory. The rule of the lock is as above.
float *mien_store_block(mien_store *store, uint32_t step, uint32_t part, size_t bytes, bool *fresh);

size_t mien_store_bytes(const mien_store *store);

#endif
