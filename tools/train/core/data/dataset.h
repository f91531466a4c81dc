// SPDX-License-Identifier: Apache-2.0
/// @file
/// Labelled pictures, decoded once and kept as bytes, with targets that may be shares of votes.
#ifndef MIEN_TRAIN_DATA_DATASET_H
#define MIEN_TRAIN_DATA_DATASET_H

#include "host/dataset.h"
#include "mien/image.h"

typedef struct mien_dataset mien_dataset;

/// One picture: grey or RGB bytes, as large as it was decoded, or as the network's input where that
/// is smaller in either direction (resized as mien_image_to_input() does). What a rule other than
/// stretching cuts off or adds has been cut off or added.
typedef struct mien_example {
    const char *path;
    const char *name; ///< below the folder, "angry/0001.png"
    const uint8_t *pixels;
    uint32_t height, width, channels;
    uint32_t label;      ///< index into the classes
    const float *target; ///< classes numbers that sum to 1: the label, blended with vote shares
    uint32_t votes;      ///< how many people voted for one of the classes; 0: unknown
} mien_example;

typedef struct mien_dataset_options {
    const char *const *classes; ///< the model's, in its order
    size_t class_count;
    const mien_manifest_pairs *rename; ///< folders with other names than their classes; or NULL
    const mien_input_spec *input;
    const char *votes;        ///< path of ferplus.csv; NULL for none
    double vote_weight;       ///< 0: the label alone, 1: the vote shares alone
    size_t unreadable_limit;  ///< more unreadable pictures than this are an error
    mien_image_limits limits; ///< of each picture
    uint32_t threads;         ///< 0: one a processor
} mien_dataset_options;

/// What a reader is told meanwhile; all of it from the calling thread. Each may be NULL.
typedef struct mien_dataset_watcher {
    /// Of each unreadable picture, but for one that the error names.
    void (*complain)(void *context, const char *message);
    void (*progress)(void *context, size_t done, size_t total);
    bool (*cancelled)(void *context); ///< asked between pictures; true ends with MIEN_CANCELLED
    void *context;
} mien_dataset_watcher;

/// Reads every picture of a folder that has a folder for each class, on several threads; others'
/// folders are left alone. The order is by class, then by name. Unreadable pictures are left out,
/// counted and named in `complain`. Pictures that got no vote for any of the classes keep their
/// label as the target. `watcher` may be NULL. Free with mien_dataset_free(). Errors:
/// MIEN_INVALID_ARGUMENT (fewer than two classes, a weight outside 0 to 1), MIEN_BAD_INPUT (a class
/// without pictures, too many unreadable, a votes file that names none of the pictures, a class
/// that nobody could vote for), MIEN_NOT_FOUND (no such folder, a class without folder, no votes
/// file), MIEN_CANCELLED, MIEN_IO, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_dataset_read(const char *folder,
                                              const mien_dataset_options *options,
                                              const mien_dataset_watcher *watcher,
                                              mien_dataset **dataset, mien_error *error);
/// NULL is allowed.
void mien_dataset_free(mien_dataset *dataset);

size_t mien_dataset_count(const mien_dataset *dataset);
/// Borrowed. `index` below the count. [any thread]
const mien_example *mien_dataset_at(const mien_dataset *dataset, size_t index);
size_t mien_dataset_unreadable(const mien_dataset *dataset);
/// How many examples have votes.
size_t mien_dataset_voted(const mien_dataset *dataset);

/// Cuts off the validation part that mien_labelled_split() marks. `training` and `validation`
/// receive indices in ascending order; both are the caller's to free(). Errors: that one's.
MIEN_MUST_CHECK mien_status mien_dataset_split(const mien_dataset *dataset, double fraction,
                                               uint64_t seed, size_t **training,
                                               size_t *training_count, size_t **validation,
                                               size_t *validation_count, mien_error *error);

#endif
