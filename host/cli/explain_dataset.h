// SPDX-License-Identifier: Apache-2.0
/// @file
/// Data sets among the operands of `mien explain --measure`.
#ifndef MIEN_HOST_CLI_EXPLAIN_DATASET_H
#define MIEN_HOST_CLI_EXPLAIN_DATASET_H

#include "host/paths.h"
#include "host/registry.h"

/// Appends what an operand means: where it is the name or the path of a data set's manifest, the
/// pictures of its classes in `split` (NULL: the only one); else as mien_paths_add(). Errors:
/// mien_paths_add()'s, the manifest's, MIEN_BAD_INPUT (a manifest of another kind),
/// MIEN_INVALID_ARGUMENT (a split of what is no manifest), mien_dataset_folder()'s,
/// mien_index_read()'s.
MIEN_MUST_CHECK mien_status mien_explain_add_pictures(const mien_registry *registry,
                                                      const char *operand, const char *split,
                                                      mien_paths *paths, mien_error *error);

#endif
