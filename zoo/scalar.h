// SPDX-License-Identifier: Apache-2.0
/// @file
/// Reading one scalar as YAML 1.2's core schema would, whatever the program's locale. Used for
/// manifests, plugins' defaults and `key=value` on the command line, so that all three agree.
#ifndef MIEN_ZOO_SCALAR_H
#define MIEN_ZOO_SCALAR_H

#include "mien/status.h"

#include <stdbool.h>
#include <stdint.h>

/// Each writes the value and returns true, or returns false when all of `text` is not one.
/// [any thread]
MIEN_API bool mien_scalar_integer(const char *text, int64_t *value); ///< decimal, in 64 bits
MIEN_API bool mien_scalar_number(const char *text, double *value);   ///< decimal, finite
MIEN_API bool mien_scalar_boolean(const char *text, bool *value);    ///< true, false

#endif
