// SPDX-License-Identifier: Apache-2.0
#include "host/cli/ballots.h"

#include "host/probabilities.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

mien_status mien_ballots_create(mien_answerer *ensemble, const size_t *columns, size_t classes,
                                size_t batch, mien_ballots *ballots, mien_error *error) {
    const size_t answers = batch * mien_answerer_members(ensemble); // at most 1024 × 64
    const size_t known = mien_answerer_classes(ensemble);
    *ballots = (mien_ballots){.ensemble = ensemble, .columns = columns, .classes = classes};
    ballots->said = calloc(answers, known * sizeof *ballots->said);
    ballots->without = calloc(batch, known * sizeof *ballots->without);
    ballots->alone = calloc(answers, classes * sizeof *ballots->alone);
    ballots->rest = calloc(answers, classes * sizeof *ballots->rest);
    ballots->shares = calloc(classes, sizeof *ballots->shares);
    const bool complete =
        ballots->said && ballots->without && ballots->alone && ballots->rest && ballots->shares;
    return complete ? MIEN_OK : mien_fail_memory(error, "members' answers");
}

void mien_ballots_clear(mien_ballots *ballots) {
    free(ballots->said);
    free(ballots->without);
    free(ballots->alone);
    free(ballots->rest);
    free(ballots->shares);
    *ballots = (mien_ballots){0};
}

void mien_ballots_begin(mien_ballots *ballots, size_t pictures) {
    const size_t numbers = pictures * mien_answerer_members(ballots->ensemble) * ballots->classes;
    memset(ballots->alone, 0, numbers * sizeof *ballots->alone);
    memset(ballots->rest, 0, numbers * sizeof *ballots->rest);
}

mien_status mien_ballots_run(mien_ballots *ballots, const float *const *inputs, size_t pictures,
                             float *logits, mien_error *error) {
    mien_status status =
        mien_answerer_ask(ballots->ensemble, inputs, pictures, ballots->said, error);
    if (status == MIEN_OK) {
        mien_answerer_combine(ballots->ensemble, ballots->said, pictures, MIEN_ALL_VOTE, logits);
    }
    return status;
}

/// Adds `part` of the probabilities that logits of the ensemble's classes come to.
static void add_shares(const mien_ballots *ballots, const float *logits, double part,
                       double *sums) {
    mien_probabilities_among(logits, ballots->columns, ballots->classes, ballots->shares);
    for (size_t k = 0; k < ballots->classes; k++) {
        sums[k] += part * ballots->shares[k];
    }
}

void mien_ballots_add(mien_ballots *ballots, size_t pictures, double part) {
    const size_t members = mien_answerer_members(ballots->ensemble);
    const size_t known = mien_answerer_classes(ballots->ensemble);
    for (size_t i = 0; i < pictures * members; i++) {
        add_shares(ballots, ballots->said + i * known, part, ballots->alone + i * ballots->classes);
    }
    for (size_t member = 0; member < members && members > 1; member++) {
        mien_answerer_combine(ballots->ensemble, ballots->said, pictures, member, ballots->without);
        for (size_t i = 0; i < pictures; i++) {
            add_shares(ballots, ballots->without + i * known, part,
                       ballots->rest + (i * members + member) * ballots->classes);
        }
    }
}
