// SPDX-License-Identifier: Apache-2.0
/// @file
/// Several models' explanations of several pictures: run, printed, saved and drawn.
#ifndef MIEN_HOST_CLI_EXPLAINING_H
#define MIEN_HOST_CLI_EXPLAINING_H

#include "host/cli/progress.h"
#include "host/cli/shared.h"
#include "host/explain/either.h"
#include "host/explain/sheet.h"
#include "host/paths.h"

typedef struct mien_explaining_options {
    mien_explain_options how;
    const char *class_name; ///< NULL: each model's own answer
    const mien_rectangle *crop;
    const char *draw, *save; ///< files to write; NULL: none
    bool json;
    bool falls_back; ///< to occlusion, where the method needs what a plugin does not have
    bool asks;       ///< models are run besides, in batches, which a plan of their own does better
} mien_explaining_options;

/// One model or ensemble at work, or what is wrong with it.
typedef struct mien_explaining_model {
    char *name;
    mien_answerer *answerer;
    mien_either_explainer explainer;
    uint32_t class_index;
    mien_explain_method how; ///< the options', or what was fallen back to
    char method[128];        ///< "grad-cam of features", "mean of 3 members' grad-cam"
    mien_error error;
} mien_explaining_model;

typedef struct mien_explaining {
    mien_explaining_options options;
    mien_explaining_model *models;
    size_t model_count;
    mien_sheet sheet;
    mien_progress progress;
    size_t units, done, within; ///< of progress: in a map, in all maps finished, in this one
    mien_status failure;        ///< the first of a model's
} mien_explaining;

/// Loads the models, one after the other; a model that fails keeps its error, and the others go on.
/// `explaining` has its options, and is the caller's to close. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_explaining_open(mien_explaining *explaining,
                                                 mien_registry *registry,
                                                 const mien_selection *selection,
                                                 mien_error *error);
void mien_explaining_close(mien_explaining *explaining);

/// Explains all pictures. One that cannot be used is complained of and counted in `*unusable`.
/// Errors: MIEN_CANCELLED (Ctrl-C), MIEN_IO (a file could not be written), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_explaining_run(mien_explaining *explaining,
                                                const mien_paths *paths, size_t *unusable,
                                                mien_error *error);

/// What one model made of one picture, for printing.
typedef struct mien_explaining_row {
    const mien_explaining_model *model;
    mien_explanation explanation; ///< without values when `error` has a status
    mien_error error;
    double peak_x, peak_y;         ///< of the largest value, in the upright picture's pixels
    char *map_file, *overlay_file; ///< NULL where nothing was saved
} mien_explaining_row;

/// @name host/cli/explaining_output.c
/// @{
MIEN_MUST_CHECK mien_status mien_explaining_write_text(const mien_explaining *explaining,
                                                       const char *path,
                                                       const mien_picture *picture,
                                                       const mien_explaining_row *rows,
                                                       mien_error *error);
/// A line for each model.
MIEN_MUST_CHECK mien_status mien_explaining_write_json(const mien_explaining *explaining,
                                                       const char *path,
                                                       const mien_picture *picture,
                                                       const mien_explaining_row *rows,
                                                       mien_error *error);
MIEN_MUST_CHECK mien_status mien_explaining_write_problem(const mien_explaining *explaining,
                                                          const char *path, const char *message,
                                                          mien_error *error);
/// The layers of a model that can be explained; it is called as it was given.
MIEN_MUST_CHECK mien_status mien_explaining_list_layers(const char *name, const mien_model *model,
                                                        bool json, mien_error *error);
/// @}

#endif
