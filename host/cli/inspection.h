// SPDX-License-Identifier: Apache-2.0
/// @file
/// What `mien inspect` knows of a manifest or plugin, and its two ways of saying it.
#ifndef MIEN_HOST_CLI_INSPECTION_H
#define MIEN_HOST_CLI_INSPECTION_H

#include "host/model.h"

#include <stdio.h>

/// A plan's steps, measured.
typedef struct mien_profile {
    mien_step_profile *steps;
    uint32_t count;
    double milliseconds; ///< median of whole runs, where nothing is measured in between
    size_t batch;
    uint32_t threads;
    size_t packed_bytes, arena_bytes;
} mien_profile;

/// Members are borrowed; NULL where there is nothing of the kind.
typedef struct mien_inspection {
    const mien_manifest *manifest; ///< NULL: a plugin by itself
    const mien_plugin *plugin;     ///< NULL for ensembles and datasets
    const char *plugin_path;
    const mien_config *config; ///< NULL: the plugin's defaults
    const mien_input_spec *input;
    const mien_graph *graph;
    const char *weights_path;    ///< NULL: none
    const char *weights_problem; ///< why the file that the manifest names is none
    uint64_t weights_bytes;
    const mien_profile *profile;
} mien_inspection;

/// The value of configuration key `index` that is in force.
const char *mien_inspection_value(const mien_inspection *inspection, size_t index);

/// Errors: MIEN_OUT_OF_MEMORY, MIEN_IO.
MIEN_MUST_CHECK mien_status mien_inspection_write_text(const mien_inspection *inspection,
                                                       FILE *file, mien_error *error);
MIEN_MUST_CHECK mien_status mien_inspection_write_json(const mien_inspection *inspection,
                                                       FILE *file, mien_error *error);

/// Names as manifests have them: "rgb", "stretch".
const char *mien_color_text(mien_color color);
const char *mien_resize_text(mien_resize resize);

#endif
