// SPDX-License-Identifier: Apache-2.0
#include "host/explain/faithfulness.h"

#include "host/explain/imputation.h"
#include "host/probabilities.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEPS = 20, // of deletion and of insertion
    ROAD_SHARES = 4,
    BLUR_PART = 8, // the blur's radius is such a part of the shorter side
};
static const float noise_part = 0.01f; // of the picture's deviation

/// What a picture goes from or to.
typedef enum look {
    AS_IT_IS,
    PLAIN, // its mean colour all over
    BLURRED,
    LOOKS,
} look;

/// The picture under one of the answerer's input rules.
typedef struct ground {
    mien_extents extents;
    size_t pixels, numbers;
    size_t *order; ///< pixels, the most important first
    bool *missing;
    float *looks[LOOKS], *pictures, *scratch;
    float deviation;
} ground;

/// What all changed pictures share.
typedef struct scoring {
    mien_answerer *answerer;
    size_t count, classes;
    uint32_t class_index;
    ground *grounds;
    const float **pictures; ///< the grounds'
    float *logits;
    double *probabilities;
} scoring;

typedef struct ranked {
    float value;
    uint32_t tie; // pixels of one value go in no particular order
    uint32_t pixel;
} ranked;

static int by_value(const void *a, const void *b) {
    const ranked *first = a, *second = b;
    if (first->value != second->value) {
        return first->value > second->value ? -1 : 1;
    }
    return first->tie < second->tie ? -1 : first->tie > second->tie;
}

static mien_status sort_pixels(ground *under, const float *map, mien_error *error) {
    ranked *list = calloc(under->pixels, sizeof *list);
    if (!list) {
        return mien_fail_memory(error, "a ranking");
    }
    for (uint32_t i = 0; i < under->pixels; i++) {
        uint32_t bits = (i + 1) * 2654435761u; // Knuth's multiplicative hash
        list[i] = (ranked){map[i], bits ^ bits >> 15, i};
    }
    qsort(list, under->pixels, sizeof *list, by_value);
    for (size_t i = 0; i < under->pixels; i++) {
        under->order[i] = list[i].pixel;
    }
    free(list);
    return MIEN_OK;
}

/// The picture's mean colour all over, the picture blurred, and its deviation.
static void make_looks(ground *under, const float *input) {
    size_t channels = under->extents.channels;
    double squares = 0;
    for (size_t c = 0; c < channels; c++) {
        double total = 0;
        for (size_t p = 0; p < under->pixels; p++) {
            total += (double)input[p * channels + c];
        }
        double mean = total / (double)under->pixels;
        for (size_t p = 0; p < under->pixels; p++) {
            double away = (double)input[p * channels + c] - mean;
            squares += away * away;
            under->looks[PLAIN][p * channels + c] = (float)mean;
        }
    }
    under->deviation = (float)sqrt(squares / (double)under->numbers);
    size_t shorter =
        under->extents.height < under->extents.width ? under->extents.height : under->extents.width;
    memcpy(under->looks[AS_IT_IS], input, under->numbers * sizeof *input);
    memcpy(under->looks[BLURRED], input, under->numbers * sizeof *input);
    mien_blur(under->looks[BLURRED], &under->extents, shorter / BLUR_PART, under->scratch);
}

static mien_status begin_ground(ground *under, const mien_input_spec *rule, const float *input,
                                const float *map, mien_error *error) {
    *under = (ground){
        .extents = {rule->height, rule->width, rule->channels},
        .pixels = (size_t)rule->height * rule->width,
        .numbers = (size_t)rule->height * rule->width * rule->channels,
    };
    size_t bytes = under->numbers * sizeof(float);
    under->order = calloc(under->pixels, sizeof *under->order);
    under->missing = calloc(under->pixels, sizeof *under->missing);
    under->scratch = malloc(bytes);
    under->pictures = calloc(STEPS, bytes);
    bool good = under->order && under->missing && under->scratch && under->pictures;
    for (size_t i = 0; i < LOOKS; i++) {
        under->looks[i] = malloc(bytes);
        good = good && under->looks[i];
    }
    if (!good) {
        return mien_fail_memory(error, "changed pictures");
    }
    make_looks(under, input);
    return sort_pixels(under, map, error);
}

static void end_ground(ground *under) {
    free(under->order);
    free(under->missing);
    free(under->scratch);
    free(under->pictures);
    for (size_t i = 0; i < LOOKS; i++) {
        free(under->looks[i]);
    }
}

static mien_status begin(scoring *what, mien_answerer *answerer, const float *const *inputs,
                         uint32_t class_index, const float *const *maps, mien_error *error) {
    *what = (scoring){
        .answerer = answerer,
        .count = mien_answerer_rules(answerer),
        .classes = mien_answerer_classes(answerer),
        .class_index = class_index,
    };
    what->grounds = calloc(what->count, sizeof *what->grounds);
    what->pictures = (const float **)calloc(what->count, sizeof *what->pictures);
    what->logits = calloc(STEPS, what->classes * sizeof *what->logits);
    what->probabilities = calloc(what->classes, sizeof *what->probabilities);
    if (!what->grounds || !what->pictures || !what->logits || !what->probabilities) {
        return mien_fail_memory(error, "changed pictures");
    }
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < what->count && status == MIEN_OK; i++) {
        status = begin_ground(&what->grounds[i], mien_answerer_rule(answerer, i), inputs[i],
                              maps[i], error);
        what->pictures[i] = what->grounds[i].pictures;
    }
    return status;
}

static void end(scoring *what) {
    for (size_t i = 0; what->grounds && i < what->count; i++) {
        end_ground(&what->grounds[i]);
    }
    free(what->grounds);
    free((void *)what->pictures);
    free(what->logits);
    free(what->probabilities);
}

/// Runs `count` of the changed pictures; answers[i] is the class's probability in number i.
static mien_status answer(scoring *what, size_t count, double *answers, mien_error *error) {
    mien_status status =
        mien_answerer_run(what->answerer, what->pictures, count, what->logits, error);
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        mien_probabilities(what->logits + i * what->classes, what->classes, what->probabilities);
        answers[i] = what->probabilities[what->class_index];
    }
    return status;
}

static void copy_pixel(const ground *under, float *target, look source, size_t rank) {
    size_t at = under->order[rank] * under->extents.channels;
    memcpy(target + at, under->looks[source] + at, under->extents.channels * sizeof *target);
}

/// The picture number `place` of the way, of which `share` steps are gone.
static void go(const ground *under, look from, look to, size_t place, size_t share) {
    float *picture = under->pictures + place * under->numbers;
    memcpy(picture, under->looks[from], under->numbers * sizeof *picture);
    for (size_t rank = 0; rank < under->pixels * share / STEPS; rank++) {
        copy_pixel(under, picture, to, rank);
    }
}

/// The mean probability on the way from one picture to another, the most important pixels first:
/// the area under the curve, whose ends are whole pictures.
static mien_status follow(scoring *what, look from, look to, double *area, mien_error *error) {
    double answers[STEPS], first;
    for (size_t i = 0; i < what->count; i++) {
        go(&what->grounds[i], from, to, 0, 0);
    }
    mien_status status = answer(what, 1, &first, error);
    for (size_t i = 0; i < what->count && status == MIEN_OK; i++) {
        for (size_t step = 0; step < STEPS; step++) {
            go(&what->grounds[i], from, to, step, step + 1);
        }
    }
    if (status == MIEN_OK) {
        status = answer(what, STEPS, answers, error);
    }
    double total = first / 2;
    for (size_t step = 0; step < STEPS && status == MIEN_OK; step++) {
        total += step + 1 < STEPS ? answers[step] : answers[step] / 2;
    }
    *area = total / STEPS;
    return status;
}

/// Imputes a share of the pixels, the most or the least important.
static void take_out(const ground *under, size_t share, bool most, float *picture) {
    size_t count = under->pixels * share / (ROAD_SHARES + 1);
    memset(under->missing, 0, under->pixels * sizeof *under->missing);
    memcpy(picture, under->looks[AS_IT_IS], under->numbers * sizeof *picture);
    for (size_t i = 0; i < count; i++) {
        size_t rank = most ? i : under->pixels - 1 - i;
        under->missing[under->order[rank]] = true;
        copy_pixel(under, picture, BLURRED, rank);
    }
    mien_impute(picture, under->missing, &under->extents, noise_part * under->deviation, share);
}

static mien_status remove_and_debias(scoring *what, double *road, mien_error *error) {
    double answers[2 * ROAD_SHARES];
    for (size_t i = 0; i < what->count; i++) {
        const ground *under = &what->grounds[i];
        for (size_t k = 0; k < 2 * ROAD_SHARES; k++) {
            take_out(under, k / 2 + 1, k % 2 == 0, under->pictures + k * under->numbers);
        }
    }
    mien_status status = answer(what, 2 * ROAD_SHARES, answers, error);
    *road = 0;
    for (size_t i = 0; i < ROAD_SHARES && status == MIEN_OK; i++) {
        *road += (answers[2 * i + 1] - answers[2 * i]) / ROAD_SHARES;
    }
    return status;
}

mien_status mien_faithfulness_score(mien_answerer *answerer, const float *const *inputs,
                                    uint32_t class_index, const float *const *maps,
                                    mien_faithfulness *score, mien_error *error) {
    scoring what;
    mien_faithfulness made = {0};
    mien_status status = begin(&what, answerer, inputs, class_index, maps, error);
    if (status == MIEN_OK) {
        status = follow(&what, AS_IT_IS, PLAIN, &made.deletion, error);
    }
    if (status == MIEN_OK) {
        status = follow(&what, BLURRED, AS_IT_IS, &made.insertion, error);
    }
    if (status == MIEN_OK) {
        status = remove_and_debias(&what, &made.road, error);
    }
    end(&what);
    *score = made;
    return status;
}

void mien_centre_prior(float *map, uint32_t height, uint32_t width) {
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            double down = ((y + 0.5) / height - 0.5) * 4, across = ((x + 0.5) / width - 0.5) * 4;
            map[(size_t)y * width + x] = (float)exp(-(down * down + across * across) / 2);
        }
    }
}

mien_status mien_rank_correlation(const float *a, const float *b, size_t count, double *correlation,
                                  mien_error *error) {
    double *first = calloc(4 * count, sizeof *first);
    if (!first) {
        return mien_fail_memory(error, "a correlation");
    }
    double *second = first + count, *work = second + count;
    bool varied[2] = {false, false};
    for (size_t i = 0; i < count; i++) {
        first[i] = (double)a[i];
        second[i] = (double)b[i];
        varied[0] = varied[0] || a[i] != a[0];
        varied[1] = varied[1] || b[i] != b[0];
    }
    *correlation =
        varied[0] && varied[1] ? gsl_stats_spearman(first, 1, second, 1, count, work) : NAN;
    free(first);
    return MIEN_OK;
}
