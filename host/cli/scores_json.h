// SPDX-License-Identifier: Apache-2.0
/// @file
/// Scores as JSON, alike wherever they are written: what reports read.
#ifndef MIEN_HOST_CLI_SCORES_JSON_H
#define MIEN_HOST_CLI_SCORES_JSON_H

#include "host/evaluation/scores.h"

#include <yyjson.h>

/// Adds "classes" (precision, recall and F1 of each), "calibration" (bins of a reliability diagram)
/// and "confusion" to an object. `names`: of the classes; `classes` and `bins` as
/// mien_scores_summarise() filled them. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_json_add_scores(yyjson_mut_doc *document, yyjson_mut_val *object,
                                                 const mien_scores *scores,
                                                 const char *const *names,
                                                 const mien_class_scores *classes,
                                                 const mien_reliability_bin *bins,
                                                 mien_error *error);

#endif
