// SPDX-License-Identifier: Apache-2.0
/// @file
/// What `mien compare` makes of an evaluation of several models: who is ahead, whether the
/// pictures tell, and where they contradict each other. docs/comparison.md defines it all.
#ifndef MIEN_HOST_CLI_STANDINGS_H
#define MIEN_HOST_CLI_STANDINGS_H

#include "host/cli/evaluation.h"
#include "host/statistics/disagreement.h"
#include "host/statistics/pairs.h"

/// With which probability the pictures said to be missing would tell two models apart.
#define MIEN_STANDINGS_POWER 0.8

typedef struct mien_standings {
    const mien_evaluation *evaluation;
    size_t *order;    ///< rows that were scored: the most accurate first, of equal ones the faster
    size_t count;     ///< of these
    mien_pair *pairs; ///< of each two of them, by their places in `order`
    double missing;   ///< pictures more that would tell the first two apart; INFINITY where none
                      ///< would; NAN where they are apart already, or there are no two
    mien_disagreement *disagreements; ///< by indices into the evaluation's `used`
    size_t disputed;                  ///< how many
} mien_standings;

/// Ranks the rows of an evaluation that was run, marks the front, and fills the standings, which
/// borrow the evaluation. End with mien_standings_clear() in any case. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_standings_make(mien_evaluation *evaluation,
                                                mien_standings *standings, mien_error *error);
void mien_standings_clear(mien_standings *standings);

/// The row at a place.
const mien_evaluation_row *mien_standings_row(const mien_standings *standings, size_t place);
/// What the model at a place says of the disputed picture `index`.
mien_answer mien_standings_answer(const mien_standings *standings, size_t place, size_t index);
/// That picture's path.
const char *mien_standings_picture(const mien_standings *standings, size_t index);

/// Pairs share the level: what a pair's p-value must be below to be sure in any order.
double mien_standings_level(const mien_standings *standings);

/// For people; `shown` is how many disputed pictures are listed at most. Errors:
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_standings_write_text(const mien_standings *standings, size_t shown,
                                                      FILE *file, mien_error *error);
/// One indented JSON object. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_standings_write_json(const mien_standings *standings, size_t shown,
                                                      FILE *file, mien_error *error);
/// A PNG with the first `shown` disputed pictures and what each model says of them. Errors:
/// mien_paper_write()'s, mien_image_read()'s.
MIEN_MUST_CHECK mien_status mien_standings_write_sheet(const mien_standings *standings,
                                                       size_t shown, const char *path,
                                                       mien_error *error);

#endif
