// SPDX-License-Identifier: Apache-2.0
#include "host/cli/figures.h"

#include "zoo/nearest.h"

#include <math.h>
#include <string.h>

/// Those of mien_figure come first, in its order.
enum {
    MAJORITY = MIEN_FIGURE_COUNT,
    RATE,
    P50,
    P95,
    PARAMETERS,
    MULTIPLY_ADDS,
    WEIGHTS,
    MEMORY,
    DELETION,
    INSERTION,
    ROAD,
    STABLE,
    SANITY,
    COUNT,
};

const mien_named_figure mien_named_figures[] = {
    [MIEN_FIGURE_ACCURACY] = {.name = "accuracy", .larger_is_better = true, .has_interval = true},
    [MIEN_FIGURE_BALANCED_ACCURACY] = {.name = "balanced_accuracy",
                                       .larger_is_better = true,
                                       .has_interval = true},
    [MIEN_FIGURE_MACRO_F1] = {.name = "macro_f1", .larger_is_better = true, .has_interval = true},
    [MIEN_FIGURE_LOG_LOSS] = {.name = "log_loss", .has_interval = true},
    [MIEN_FIGURE_BRIER] = {.name = "brier", .has_interval = true},
    [MIEN_FIGURE_CALIBRATION_ERROR] = {.name = "calibration_error", .has_interval = true},
    [MAJORITY] = {.name = "majority_accuracy",
                  .larger_is_better = true,
                  .has_interval = true,
                  .needs_votes = true},
    [RATE] = {.name = "pictures_per_second", .larger_is_better = true},
    [P50] = {.name = "p50_ms", .needs_costs = true},
    [P95] = {.name = "p95_ms", .needs_costs = true},
    [PARAMETERS] = {.name = "parameters", .needs_costs = true, .is_count = true},
    [MULTIPLY_ADDS] = {.name = "multiply_adds", .needs_costs = true, .is_count = true},
    [WEIGHTS] = {.name = "weights_bytes", .needs_costs = true, .is_count = true},
    [MEMORY] = {.name = "memory_bytes", .needs_costs = true, .is_count = true},
    [DELETION] = {.name = "deletion", .has_interval = true, .needs_maps = true},
    [INSERTION] = {.name = "insertion",
                   .larger_is_better = true,
                   .has_interval = true,
                   .needs_maps = true},
    [ROAD] = {.name = "road", .larger_is_better = true, .has_interval = true, .needs_maps = true},
    [STABLE] = {.name = "stable",
                .larger_is_better = true,
                .has_interval = true,
                .needs_maps = true},
    [SANITY] = {.name = "sanity", .has_interval = true, .needs_maps = true},
};
const size_t mien_named_figure_count = COUNT;

// --- Names ---------------------------------------------------------------------------------------

static bool is_named(size_t index, const char *suffix, const char *name, size_t length) {
    const char *stem = mien_named_figures[index].name;
    size_t stem_length = strlen(stem);
    return length == stem_length + strlen(suffix) && strncmp(name, stem, stem_length) == 0 &&
           strncmp(name + stem_length, suffix, strlen(suffix)) == 0;
}

static mien_status refuse(const char *name, size_t length, mien_error *error) {
    char word[64], known[512] = "";
    snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word), name);
    mien_nearest nearest = {.word = word};
    for (size_t i = 0, used = 0; i < COUNT; i++) {
        mien_nearest_offer(&nearest, mien_named_figures[i].name);
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 mien_named_figures[i].name);
    }
    return mien_fail(error, MIEN_INVALID_ARGUMENT,
                     "there is no figure \"%s\"%s%s%s There are %s, and those with intervals also "
                     "with _low and _high after the name",
                     word, nearest.best ? "; did you mean \"" : "",
                     nearest.best ? nearest.best : "", nearest.best ? "\"?" : ".", known);
}

mien_status mien_named_figure_find(const char *name, size_t length, size_t *index,
                                   mien_figure_part *part, mien_error *error) {
    static const char *const suffixes[] = {
        [MIEN_PART_VALUE] = "", [MIEN_PART_LOW] = "_low", [MIEN_PART_HIGH] = "_high"};
    for (size_t i = 0; i < COUNT; i++) {
        int parts = mien_named_figures[i].has_interval ? MIEN_PART_HIGH : MIEN_PART_VALUE;
        for (int k = 0; k <= parts; k++) {
            if (is_named(i, suffixes[k], name, length)) {
                *index = i;
                *part = (mien_figure_part)k;
                return MIEN_OK;
            }
        }
    }
    return refuse(name, length, error);
}

// --- Values --------------------------------------------------------------------------------------

static double part_of(double value, mien_interval interval, mien_figure_part part) {
    return part == MIEN_PART_LOW ? interval.low : part == MIEN_PART_HIGH ? interval.high : value;
}

static double known(uint64_t value, bool is_known) {
    return is_known ? (double)value : (double)NAN;
}

static double cost_of(const mien_costs *costs, size_t index) {
    switch (index) {
    case P50:
        return costs->p50_ms;
    case P95:
        return costs->p95_ms;
    case PARAMETERS:
        return known(costs->parameters, costs->has_graph);
    case MULTIPLY_ADDS:
        return known(costs->multiply_adds, costs->has_graph);
    case WEIGHTS:
        return known(costs->weights_bytes, costs->weights_bytes > 0);
    default:
        return known(mien_costs_memory(costs), mien_costs_memory(costs) > 0);
    }
}

static mien_mean mean_of(const mien_faithful *faithful, size_t index) {
    switch (index) {
    case DELETION:
        return faithful->map.deletion;
    case INSERTION:
        return faithful->map.insertion;
    case ROAD:
        return faithful->map.road;
    case STABLE:
        return faithful->stable;
    default:
        return mien_faithful_sanity(faithful);
    }
}

static double of_maps(const mien_faithful *faithful, size_t index, mien_figure_part part) {
    if (!faithful || faithful->error.status != MIEN_OK) {
        return (double)NAN;
    }
    const mien_mean mean = mean_of(faithful, index);
    return part_of(mien_mean_value(&mean), mien_mean_interval(&mean), part);
}

double mien_named_figure_value(const mien_evaluation_row *row, size_t index,
                               mien_figure_part part) {
    if (index < MIEN_FIGURE_COUNT) {
        return part_of(row->figures[index], row->intervals[index], part);
    }
    if (index == MAJORITY) {
        return row->consensus ? part_of(row->consensus_accuracy, row->consensus_interval, part)
                              : (double)NAN;
    }
    if (index == RATE) {
        return mien_evaluation_rate(row);
    }
    if (mien_named_figures[index].needs_maps) {
        return of_maps(row->faithful, index, part);
    }
    return row->costs.measured ? cost_of(&row->costs, index) : (double)NAN;
}
