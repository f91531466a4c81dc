// SPDX-License-Identifier: Apache-2.0
/// @file
/// The members of an ensemble that was evaluated, printed: by themselves, what each adds, and how
/// much each two differ.
#ifndef MIEN_HOST_CLI_EVALUATION_MEMBERS_H
#define MIEN_HOST_CLI_EVALUATION_MEMBERS_H

#include "host/cli/evaluation.h"

/// For people; nothing of a row that is no ensemble. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_evaluation_write_members(const mien_evaluation_row *row,
                                                          FILE *file, mien_error *error);
/// Adds "members" and "diversity" to a row's JSON object; nothing of a row that is no ensemble.
void mien_evaluation_add_members(const mien_evaluation_row *row, yyjson_mut_doc *document,
                                 yyjson_mut_val *object);

#endif
