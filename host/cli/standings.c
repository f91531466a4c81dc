// SPDX-License-Identifier: Apache-2.0
#include "host/cli/standings.h"

#include "host/statistics/mcnemar.h"

#include <math.h>
#include <stdlib.h>

void mien_standings_clear(mien_standings *standings) {
    free(standings->order);
    free(standings->pairs);
    free(standings->disagreements);
    *standings = (mien_standings){0};
}

const mien_evaluation_row *mien_standings_row(const mien_standings *standings, size_t place) {
    return &standings->evaluation->rows[standings->order[place]];
}

static mien_answer answer_of(const void *context, size_t place, size_t picture) {
    return mien_scores_answer(mien_standings_row(context, place)->scores, picture);
}

mien_answer mien_standings_answer(const mien_standings *standings, size_t place, size_t index) {
    return answer_of(standings, place, standings->disagreements[index].picture);
}

const char *mien_standings_picture(const mien_standings *standings, size_t index) {
    const mien_evaluation *evaluation = standings->evaluation;
    return evaluation->index.items[evaluation->used[standings->disagreements[index].picture]].path;
}

double mien_standings_level(const mien_standings *standings) {
    size_t pairs = mien_pairs_count(standings->count);
    return MIEN_PAIRS_LEVEL / (double)(pairs ? pairs : 1);
}

// --- Order ---------------------------------------------------------------------------------------

static bool is_ahead(const mien_evaluation_row *one, const mien_evaluation_row *other) {
    double first = one->figures[MIEN_FIGURE_ACCURACY];
    double second = other->figures[MIEN_FIGURE_ACCURACY];
    return first > second || (first == second && one->costs.p50_ms < other->costs.p50_ms);
}

/// Few enough for insertion, which leaves equal ones as they were given.
static void put_in_order(mien_standings *standings) {
    const mien_evaluation *evaluation = standings->evaluation;
    for (size_t i = 0; i < evaluation->count; i++) {
        const mien_evaluation_row *row = &evaluation->rows[i];
        if (row->error.status != MIEN_OK) {
            continue;
        }
        size_t at = standings->count++;
        while (at > 0 && is_ahead(row, mien_standings_row(standings, at - 1))) {
            standings->order[at] = standings->order[at - 1];
            at--;
        }
        standings->order[at] = i;
    }
}

// --- Pairs ---------------------------------------------------------------------------------------

/// A byte for each picture and model; NULL when memory is out.
static uint8_t *collect_right(const mien_standings *standings) {
    size_t models = standings->count, pictures = standings->evaluation->used_count, bytes;
    if (__builtin_mul_overflow(models, pictures, &bytes)) {
        return NULL;
    }
    uint8_t *right = malloc(bytes + 1);
    for (size_t i = 0; right && i < pictures; i++) {
        for (size_t k = 0; k < models; k++) {
            mien_answer each = answer_of(standings, k, i);
            right[i * models + k] = each.answer == each.label;
        }
    }
    return right;
}

static double count_missing(const mien_standings *standings) {
    const mien_pair *first = standings->pairs;
    double pictures = (double)standings->evaluation->used_count;
    if (standings->count < 2 || first->adjusted < MIEN_PAIRS_LEVEL) {
        return (double)NAN;
    }
    double needed =
        mien_mcnemar_pictures(first->first_only / pictures, first->second_only / pictures,
                              mien_standings_level(standings), MIEN_STANDINGS_POWER);
    return fmax(needed - pictures, 1);
}

static mien_status compare_pairs(mien_standings *standings, mien_error *error) {
    size_t count = mien_pairs_count(standings->count);
    uint8_t *right = collect_right(standings);
    standings->pairs = calloc(count + 1, sizeof *standings->pairs);
    mien_status status =
        right && standings->pairs
            ? mien_pairs_compare(right, standings->count, standings->evaluation->used_count,
                                 standings->pairs, error)
            : mien_fail_memory(error, "pairs of models");
    free(right);
    return status;
}

static mien_status place_rows(mien_evaluation *evaluation, mien_standings *standings,
                              mien_error *error) {
    size_t count = standings->count;
    uint32_t *ranks = calloc(count + 1, sizeof *ranks);
    double *accuracies = calloc(count + 1, sizeof *accuracies);
    double *latencies = calloc(count + 1, sizeof *latencies);
    bool *front = calloc(count + 1, sizeof *front);
    bool complete = ranks && accuracies && latencies && front;
    for (size_t i = 0; complete && i < count; i++) {
        const mien_evaluation_row *row = mien_standings_row(standings, i);
        accuracies[i] = row->figures[MIEN_FIGURE_ACCURACY];
        latencies[i] = row->costs.measured ? row->costs.p50_ms : (double)NAN;
    }
    if (complete) {
        mien_pairs_rank(standings->pairs, count, ranks);
        mien_pareto_front(accuracies, latencies, count, front);
    }
    for (size_t i = 0; complete && i < count; i++) {
        evaluation->rows[standings->order[i]].rank = ranks[i];
        evaluation->rows[standings->order[i]].front = front[i];
    }
    free(ranks);
    free(accuracies);
    free(latencies);
    free(front);
    return complete ? MIEN_OK : mien_fail_memory(error, "ranks");
}

mien_status mien_standings_make(mien_evaluation *evaluation, mien_standings *standings,
                                mien_error *error) {
    *standings = (mien_standings){.evaluation = evaluation, .missing = (double)NAN};
    standings->order = calloc(evaluation->count + 1, sizeof *standings->order);
    if (!standings->order) {
        return mien_fail_memory(error, "a comparison");
    }
    put_in_order(standings);
    if (standings->count == 0) {
        return MIEN_OK;
    }
    mien_status status = compare_pairs(standings, error);
    if (status == MIEN_OK) {
        standings->missing = count_missing(standings);
        status = place_rows(evaluation, standings, error);
    }
    if (status == MIEN_OK) {
        status =
            mien_disagreements_find(answer_of, standings, standings->count, evaluation->used_count,
                                    &standings->disagreements, &standings->disputed, error);
    }
    return status;
}
