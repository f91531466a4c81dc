// SPDX-License-Identifier: Apache-2.0
/// @file
/// From a command line to rows: what `mien evaluate` and `mien compare` have in common.
#ifndef MIEN_HOST_CLI_EVALUATION_RUN_H
#define MIEN_HOST_CLI_EVALUATION_RUN_H

#include "host/cli/evaluation.h"

typedef struct mien_evaluation_options {
    const char *split, *classes, *votes;
    bool flip;
    int64_t batch, threads; ///< `threads` 0: one a processor
    mien_corruption corruption;
    int64_t limit; ///< pictures, evenly from the data set; 0: all
    int plan;
    double seconds;          ///< for measuring each model's latency; 0: it is not measured
    int64_t latency_threads; ///< that then share one picture, at most one a processor; 0: one
} mien_evaluation_options;

/// The options that both commands have; `values` has a mien_evaluation_options called `how`.
#define MIEN_EVALUATION_OPTIONS(values)                                                            \
    MIEN_TEXT_OPTION(values, how.classes, "classes", 0, "NAME,...", MIEN_ARGUMENT_OTHER,           \
                     "the classes that count; unless given, those that the data set and every "    \
                     "model know"),                                                                \
        MIEN_TEXT_OPTION(values, how.split, "split", 's', "NAME", MIEN_ARGUMENT_OTHER,             \
                         "the split of a data set's manifest"),                                    \
        MIEN_TEXT_OPTION(values, how.votes, "votes", 0, "FILE.csv", MIEN_ARGUMENT_FILE,            \
                         "FER+ votes: adds the accuracy against the majority of votes, and the "   \
                         "crowd's own"),                                                           \
        MIEN_FLAG_OPTION(values, how.flip, "flip", 0,                                              \
                         "average the answers to each picture and its mirror image"),              \
        MIEN_INTEGER_OPTION(values, how.batch, "batch", 'b', "N", "32", 1, 1024,                   \
                            "pictures that go through a network at a time")

/// Starts an evaluation of `dataset`. `command` is for messages.
mien_evaluation mien_evaluation_begin(const char *command, const char *dataset,
                                      const mien_evaluation_options *options);

/// Finds the data set, loads the models (`count` 0: all that have weights), chooses the classes,
/// does the pass and measures what is to be measured. A model that fails keeps its error in its
/// row. Errors: those of mien_evaluation_find(), mien_select_models(), mien_evaluation_choose() and
/// mien_evaluator_run().
MIEN_MUST_CHECK mien_status mien_evaluation_run(mien_evaluation *evaluation,
                                                mien_registry *registry, const char *const *models,
                                                size_t count,
                                                const mien_evaluation_options *options,
                                                mien_error *error);

/// The exit code of rows that were printed: the first model's that failed, else whether pictures
/// could not be used, else whether all gates were `passed`.
int mien_evaluation_exit_code(const mien_evaluation *evaluation, bool passed);

#endif
