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

/// What all changed pictures share.
typedef struct scoring {
    mien_model *model;
    const float *input;
    mien_extents extents;
    size_t pixels, numbers, classes;
    uint32_t class_index;
    size_t *order; ///< pixels, the most important first
    bool *missing;
    float *plain, *blurred, *pictures, *scratch;
    float *logits;
    double *probabilities;
    float deviation;
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

static mien_status sort_pixels(scoring *what, const float *map, mien_error *error) {
    ranked *list = calloc(what->pixels, sizeof *list);
    if (!list) {
        return mien_fail_memory(error, "a ranking");
    }
    for (uint32_t i = 0; i < what->pixels; i++) {
        uint32_t bits = (i + 1) * 2654435761u; // Knuth's multiplicative hash
        list[i] = (ranked){map[i], bits ^ bits >> 15, i};
    }
    qsort(list, what->pixels, sizeof *list, by_value);
    for (size_t i = 0; i < what->pixels; i++) {
        what->order[i] = list[i].pixel;
    }
    free(list);
    return MIEN_OK;
}

/// The picture's mean colour all over, the picture blurred, and its deviation.
static void make_grounds(scoring *what) {
    size_t channels = what->extents.channels;
    double squares = 0;
    for (size_t c = 0; c < channels; c++) {
        double total = 0;
        for (size_t p = 0; p < what->pixels; p++) {
            total += (double)what->input[p * channels + c];
        }
        double mean = total / (double)what->pixels;
        for (size_t p = 0; p < what->pixels; p++) {
            double away = (double)what->input[p * channels + c] - mean;
            squares += away * away;
            what->plain[p * channels + c] = (float)mean;
        }
    }
    what->deviation = (float)sqrt(squares / (double)what->numbers);
    size_t shorter =
        what->extents.height < what->extents.width ? what->extents.height : what->extents.width;
    memcpy(what->blurred, what->input, what->numbers * sizeof *what->blurred);
    mien_blur(what->blurred, &what->extents, shorter / BLUR_PART, what->scratch);
}

static mien_status begin(scoring *what, mien_model *model, const float *input, uint32_t class_index,
                         const float *map, mien_error *error) {
    const mien_input_spec *spec = mien_model_input(model);
    *what = (scoring){
        .model = model,
        .input = input,
        .extents = {spec->height, spec->width, spec->channels},
        .pixels = (size_t)spec->height * spec->width,
        .numbers = (size_t)spec->height * spec->width * spec->channels,
        .classes = mien_model_classes(model),
        .class_index = class_index,
    };
    size_t bytes = what->numbers * sizeof(float);
    what->order = calloc(what->pixels, sizeof *what->order);
    what->missing = calloc(what->pixels, sizeof *what->missing);
    what->plain = malloc(bytes);
    what->blurred = malloc(bytes);
    what->scratch = malloc(bytes);
    what->pictures = calloc(STEPS, bytes);
    what->logits = calloc(STEPS, what->classes * sizeof *what->logits);
    what->probabilities = calloc(what->classes, sizeof *what->probabilities);
    if (!what->order || !what->missing || !what->plain || !what->blurred || !what->scratch ||
        !what->pictures || !what->logits || !what->probabilities) {
        return mien_fail_memory(error, "changed pictures");
    }
    make_grounds(what);
    return sort_pixels(what, map, error);
}

static void end(scoring *what) {
    free(what->order);
    free(what->missing);
    free(what->plain);
    free(what->blurred);
    free(what->scratch);
    free(what->pictures);
    free(what->logits);
    free(what->probabilities);
}

/// Runs `count` of the changed pictures; answers[i] is the class's probability in number i.
static mien_status answer(scoring *what, size_t count, double *answers, mien_error *error) {
    mien_status status = mien_model_run(what->model, what->pictures, count, what->logits, error);
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        mien_probabilities(what->logits + i * what->classes, what->classes, what->probabilities);
        answers[i] = what->probabilities[what->class_index];
    }
    return status;
}

static void copy_pixel(const scoring *what, float *target, const float *source, size_t rank) {
    size_t at = what->order[rank] * what->extents.channels;
    memcpy(target + at, source + at, what->extents.channels * sizeof *target);
}

/// The mean probability on the way from one picture to another, the most important pixels first:
/// the area under the curve, whose ends are whole pictures.
static mien_status follow(scoring *what, const float *from, const float *to, double *area,
                          mien_error *error) {
    double answers[STEPS], first;
    memcpy(what->pictures, from, what->numbers * sizeof *from);
    mien_status status = answer(what, 1, &first, error);
    for (size_t step = 0; step < STEPS && status == MIEN_OK; step++) {
        float *picture = what->pictures + step * what->numbers;
        memcpy(picture, from, what->numbers * sizeof *from);
        for (size_t rank = 0; rank < what->pixels * (step + 1) / STEPS; rank++) {
            copy_pixel(what, picture, to, rank);
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
static void take_out(scoring *what, size_t share, bool most, float *picture) {
    size_t count = what->pixels * share / (ROAD_SHARES + 1);
    memset(what->missing, 0, what->pixels * sizeof *what->missing);
    memcpy(picture, what->input, what->numbers * sizeof *picture);
    for (size_t i = 0; i < count; i++) {
        size_t rank = most ? i : what->pixels - 1 - i;
        what->missing[what->order[rank]] = true;
        copy_pixel(what, picture, what->blurred, rank);
    }
    mien_impute(picture, what->missing, &what->extents, noise_part * what->deviation, share);
}

static mien_status remove_and_debias(scoring *what, double *road, mien_error *error) {
    double answers[2 * ROAD_SHARES];
    for (size_t i = 0; i < 2 * ROAD_SHARES; i++) {
        take_out(what, i / 2 + 1, i % 2 == 0, what->pictures + i * what->numbers);
    }
    mien_status status = answer(what, 2 * ROAD_SHARES, answers, error);
    *road = 0;
    for (size_t i = 0; i < ROAD_SHARES && status == MIEN_OK; i++) {
        *road += (answers[2 * i + 1] - answers[2 * i]) / ROAD_SHARES;
    }
    return status;
}

mien_status mien_faithfulness_score(mien_model *model, const float *input, uint32_t class_index,
                                    const float *map, mien_faithfulness *score, mien_error *error) {
    scoring what;
    mien_faithfulness made = {0};
    mien_status status = begin(&what, model, input, class_index, map, error);
    if (status == MIEN_OK) {
        status = follow(&what, what.input, what.plain, &made.deletion, error);
    }
    if (status == MIEN_OK) {
        status = follow(&what, what.blurred, what.input, &made.insertion, error);
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
