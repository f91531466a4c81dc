// SPDX-License-Identifier: Apache-2.0
#ifndef MIEN_TOOLS_IMPORT_APPLY_H
#define MIEN_TOOLS_IMPORT_APPLY_H

#include "tools/import/core/table.h"
#include "tools/import/core/tensor_set.h"

// Adds to `result` what the table makes of `source`, which must outlive it. Every tensor must be
// taken by a rule and every rule but those that drop must apply to a tensor. Errors:
// MIEN_BAD_INPUT (listing names and rules), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_import_apply(const mien_table *table,
                                              const mien_import_set *source,
                                              mien_import_set *result, mien_error *error);

// Turns every f32 and f16 tensor of the set into `dtype`, one of the two. Errors: MIEN_BAD_INPUT
// (a number too large), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_import_convert(mien_import_set *set, mien_dtype dtype,
                                                mien_error *error);

#endif
