// SPDX-License-Identifier: Apache-2.0
/// @file
/// `mien compare --data`: models over a data set. compare_command.c reads the options of both
/// forms.
#ifndef MIEN_HOST_CLI_COMPARE_DATA_H
#define MIEN_HOST_CLI_COMPARE_DATA_H

#include "host/cli/evaluation_run.h"
#include "host/cli/judge.h"

enum { MIEN_COMPARE_DATA_MOST_SHOWN = 200 };

typedef struct mien_compare_data_options {
    const char *dataset;
    const mien_evaluation_options *how;
    const mien_judge_options *judge;
    const char *const *models; ///< none: all that have weights
    size_t model_count;
    size_t shown;        ///< disagreements, at most MIEN_COMPARE_DATA_MOST_SHOWN
    size_t faithfulness; ///< pictures to measure how faithful maps are on; 0: that is not measured
    bool json;
    const char *csv, *sheet; ///< NULL: none
} mien_compare_data_options;

/// Compares, prints, judges. Returns the exit code.
int mien_compare_data(const mien_compare_data_options *options);

#endif
