// SPDX-License-Identifier: Apache-2.0
/// @file
/// What several commands need: which models, how many threads, the picture, how long a run takes.
#ifndef MIEN_HOST_CLI_SHARED_H
#define MIEN_HOST_CLI_SHARED_H

#include "host/answerer.h"
#include "host/cli/options.h"
#include "host/loader.h"

/// The options that several commands share; `values` has the member of the same name.
#define MIEN_THREADS_OPTION(values)                                                                \
    MIEN_INTEGER_OPTION(values, threads, "threads", 't', "N", NULL, 1, 1024,                       \
                        "threads a network runs on, at most one a processor; 1 unless given")
#define MIEN_JSON_OPTION(values, text) MIEN_FLAG_OPTION(values, json, "json", 0, text)
#define MIEN_MODELS_OPTION(values, text)                                                           \
    MIEN_LIST_OPTION(values, models, "model", 'm', "MODEL", MIEN_ARGUMENT_MODEL, text)
#define MIEN_CROP_OPTION(values)                                                                   \
    MIEN_TEXT_OPTION(values, crop, "crop", 'c', "X,Y,W,H", MIEN_ARGUMENT_OTHER,                    \
                     "classify this part of the upright picture: left, top, width and height in "  \
                     "pixels")
#define MIEN_PLAN_OPTION(values)                                                                   \
    MIEN_CHOICE_OPTION(values, plan, "plan", 'p', "PLAN", mien_plan_names, MIEN_PLAN_HELP)
#define MIEN_PLAN_HELP "how weights are packed; fast may double their bytes, small never does"

/// "fast", "small", NULL: indexed by mien_plan.
extern const char *const mien_plan_names[];

/// Processors that this process may use.
uint32_t mien_processor_count(void);

/// Threads for one run of a network: `given`, but no more than processors, as threads of a run wait
/// for each other at every step; 1 when `given` is 0, as then nothing another program does can make
/// a small network a hundred times as slow.
uint32_t mien_thread_count(int64_t given);

typedef enum mien_selection_rule {
    MIEN_SELECT_FIRST, ///< the first model by name that has weights
    MIEN_SELECT_ALL,   ///< every model that has weights, and every broken manifest
} mien_selection_rule;

/// Names of models, owned.
typedef struct mien_selection {
    char **names;
    size_t count;
} mien_selection;

/// The models given, or, when none is, those the rule says. Free with mien_selection_free().
/// Errors: MIEN_NOT_FOUND (no model has weights), MIEN_OUT_OF_MEMORY, mien_registry_list()'s.
MIEN_MUST_CHECK mien_status mien_select_models(mien_registry *registry, const char *const *given,
                                               size_t count, mien_selection_rule rule,
                                               mien_selection *selection, mien_error *error);
void mien_selection_free(mien_selection *selection);

/// Bytes of a file; 0 when `path` is NULL or there is none.
uint64_t mien_file_bytes(const char *path);

/// Reads "X,Y,W,H". Errors: MIEN_INVALID_ARGUMENT.
MIEN_MUST_CHECK mien_status mien_parse_crop(const char *text, mien_rectangle *crop,
                                            mien_error *error);

/// A decoded picture and the part of it that is classified.
typedef struct mien_picture {
    mien_image whole;
    mien_image part; ///< without pixels when that is the whole
} mien_picture;

/// Reads a file, or standard input for "-". `crop` may be NULL. Free with mien_picture_clear().
/// Errors: mien_image_read()'s, MIEN_BAD_INPUT (the crop is not inside).
MIEN_MUST_CHECK mien_status mien_picture_read(const char *path, const mien_rectangle *crop,
                                              mien_picture *picture, mien_error *error);
void mien_picture_clear(mien_picture *picture);
/// What of it is classified. [any thread]
const mien_image *mien_picture_part(const mien_picture *picture);

/// The picture as an answerer's batch of one. Free with mien_batch_clear(). Errors:
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_picture_batch(const mien_picture *picture,
                                               const mien_answerer *answerer, mien_batch *input,
                                               mien_error *error);

/// Milliseconds of runs, sorted. Start with `= {0}`.
typedef struct mien_timing {
    double *milliseconds; ///< free() it
    size_t count;
} mien_timing;

/// Runs once to warm up and then for `seconds`, 3 times at least and 1000 at most. Errors: the
/// model's, MIEN_CANCELLED (Ctrl-C), MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_time_model(mien_answerer *model, const mien_batch *input,
                                            size_t batch, double seconds, mien_timing *timing,
                                            mien_error *error);

/// Sorts runs that were put together.
void mien_timing_sort(mien_timing *timing);

/// The value below which this share of the sorted runs lies, interpolated.
double mien_timing_quantile(const mien_timing *timing, double share);

#endif
