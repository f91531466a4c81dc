// SPDX-License-Identifier: Apache-2.0
/// @file
/// An ensemble's members in one batch of an evaluation: what each says by itself, and what the
/// others would say without it. Members run once, whatever is made of their answers.
#ifndef MIEN_HOST_CLI_BALLOTS_H
#define MIEN_HOST_CLI_BALLOTS_H

#include "host/answerer.h"
#include "host/evaluation/members.h"

/// Start with `= {0}`.
typedef struct mien_ballots {
    mien_answerer *ensemble;
    const size_t *columns; ///< where the classes that count stand among the ensemble's; borrowed
    size_t classes;        ///< that count
    float *said;           ///< batch × members × classes of the ensemble: logits
    float *without;        ///< batch × classes of the ensemble: what all say but one
    double *alone, *rest;  ///< batch × members × classes: probabilities, by themselves and without
    double *shares;        ///< classes: of one answer
} mien_ballots;

/// Room for batches of `batch` pictures. The ensemble and `columns` must outlive it. Free with
/// mien_ballots_clear(), also after a failure. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_ballots_create(mien_answerer *ensemble, const size_t *columns,
                                                size_t classes, size_t batch, mien_ballots *ballots,
                                                mien_error *error);
void mien_ballots_clear(mien_ballots *ballots);

/// Forgets the batch before.
void mien_ballots_begin(mien_ballots *ballots, size_t pictures);
/// mien_answerer_run(), which keeps what the members say. Errors: the same.
MIEN_MUST_CHECK mien_status mien_ballots_run(mien_ballots *ballots, const float *const *inputs,
                                             size_t pictures, float *logits, mien_error *error);
/// Adds `part` of what they said last to the probabilities, so that answers to pictures and their
/// mirror images are averaged.
void mien_ballots_add(mien_ballots *ballots, size_t pictures, double part);

#endif
