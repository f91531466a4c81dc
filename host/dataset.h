// SPDX-License-Identifier: Apache-2.0
/// @file
/// Labelled pictures: what stands in folders of classes, and how people voted on them.
///
/// An index says which pictures there are and what they are called; nothing is decoded. Votes are
/// FER+'s (Barsoum et al., 2016, "Training Deep Networks for Facial Expression Recognition with
/// Crowd-Sourced Label Distribution"): for each picture, how many of about ten people saw what.
#ifndef MIEN_HOST_DATASET_H
#define MIEN_HOST_DATASET_H

#include "host/manifest.h"
#include "host/paths.h"

/// @name Pictures
/// @{

typedef struct mien_labelled {
    const char *path; ///< to open
    const char *name; ///< below the folder, "angry/0001.png": a part of `path`
    uint32_t label;   ///< index into the classes
} mien_labelled;

/// Start with `mien_index index = {0};`, end with mien_index_free().
typedef struct mien_index {
    mien_labelled *items; ///< by class, then by name
    size_t count;
    mien_paths paths; ///< what owns the texts
} mien_index;

/// Lists `folder`, which has a folder of pictures for each of the classes; other folders are left
/// alone. `rename` (NULL: none) says which folders hold a class under another name, as a dataset's
/// manifest does; several may hold one class. Errors: MIEN_NOT_FOUND (no such folder, a class
/// without a folder), MIEN_BAD_INPUT (a class without pictures, `folder` is none), MIEN_IO,
/// MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_index_read(const char *folder, const char *const *classes,
                                            size_t class_count, const mien_manifest_pairs *rename,
                                            mien_index *index, mien_error *error);

/// Frees the items and empties the index.
void mien_index_free(mien_index *index);

/// Marks a validation part, the same share of every class (at least one picture, unless `fraction`
/// is 0); `items` are by class, as in an index. Each class's pictures are ranked by a hash of
/// `seed` and their names and the first are taken, so neither the folder's place nor other classes
/// matter, and pictures that are added later move only those near the cut. `marks`: `count`, the
/// caller's. Errors: MIEN_OUT_OF_MEMORY, MIEN_INVALID_ARGUMENT (`fraction` is not in 0 to 1, 1 left
/// out), MIEN_BAD_INPUT (a class too small for both). [any thread]
MIEN_MUST_CHECK mien_status mien_labelled_split(const mien_labelled *items, size_t count,
                                                double fraction, uint64_t seed, bool *marks,
                                                mien_error *error);

/// The folder of a dataset's split, free() it. `split` may be NULL where there is but one, or none.
/// Errors: MIEN_NOT_FOUND (no such split, which one is meant, no such folder), MIEN_BAD_INPUT (it
/// leads outside), MIEN_IO, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_dataset_folder(const mien_manifest *dataset, const char *split,
                                                char **folder, mien_error *error);
/// @}

/// @name Votes
/// @{

/// What people could vote for: the columns of FER+.
typedef enum mien_vote {
    MIEN_VOTE_NEUTRAL,
    MIEN_VOTE_HAPPINESS,
    MIEN_VOTE_SURPRISE,
    MIEN_VOTE_SADNESS,
    MIEN_VOTE_ANGER,
    MIEN_VOTE_DISGUST,
    MIEN_VOTE_FEAR,
    MIEN_VOTE_CONTEMPT,
    MIEN_VOTE_UNKNOWN,
    MIEN_VOTE_NONFACE,
    MIEN_VOTE_COUNT,
} mien_vote;

enum { MIEN_NO_VOTE = -1 };

/// The column of a class by its name: "angry" and "anger" are MIEN_VOTE_ANGER. MIEN_NO_VOTE for
/// classes that nobody could vote for. [any thread]
int mien_vote_of_class(const char *name);

/// "anger". Static. [any thread]
const char *mien_vote_text(mien_vote vote);

typedef struct mien_vote_row {
    const char *file;                 ///< as the table calls the picture
    uint32_t counts[MIEN_VOTE_COUNT]; ///< at most MIEN_VOTES_MOST each
} mien_vote_row;

enum { MIEN_VOTES_MOST = 1000000 };

typedef struct mien_votes mien_votes;

/// Reads a table of votes: comma-separated, with a line of column names. Needed are `file` (or
/// FER+'s own `Image name`) and every mien_vote by its name; other columns are passed over. Free
/// with mien_votes_free(). Errors name the line: MIEN_BAD_INPUT (not such a table, a picture
/// twice), MIEN_NOT_FOUND, MIEN_IO, MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_votes_read(const char *path, mien_votes **votes,
                                            mien_error *error);

/// As mien_votes_read(), from bytes in memory, which are not needed afterwards; `path` is for
/// messages. [any thread]
MIEN_MUST_CHECK mien_status mien_votes_parse(const void *bytes, size_t size, const char *path,
                                             mien_votes **votes, mien_error *error);
/// NULL is allowed.
void mien_votes_free(mien_votes *votes);

size_t mien_votes_count(const mien_votes *votes);

/// The row of a picture, borrowed: the one whose file shares the longest end with `path`, folder by
/// folder, at least the name and the folder it is in ("…/train/angry/1.png" and "angry/1.png"), or
/// the name alone where the table has no folders. NULL when there is none, or several are equally
/// near. [any thread]
const mien_vote_row *mien_votes_find(const mien_votes *votes, const char *path);
/// @}

#endif
