// SPDX-License-Identifier: Apache-2.0
#include "host/golden.h"
#include "host/probabilities.h"
#include "mien/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct trial {
    mien_answerer *model;
    const mien_manifest_golden *sample;
    size_t classes;
    mien_batch input;
    float *logits;
    double *got; // what is compared with the expectation
    const double *expected;
    bool probabilities;
    double allowed;
};

/// Answers for the picture into trial->got, under `spec` in place of the one rule where it is not
/// NULL.
static mien_status answer(struct trial *trial, const mien_image *image, const mien_input_spec *spec,
                          mien_error *error) {
    mien_status status = spec ? mien_image_to_input(image, spec, trial->input.inputs[0], error)
                              : mien_batch_prepare(&trial->input, 0, image, error);
    if (status == MIEN_OK) {
        status = mien_answerer_run(trial->model, mien_batch_inputs(&trial->input), 1, trial->logits,
                                   error);
    }
    if (status != MIEN_OK) {
        return status;
    }
    if (trial->probabilities) {
        mien_probabilities(trial->logits, trial->classes, trial->got);
        return MIEN_OK;
    }
    for (size_t i = 0; i < trial->classes; i++) {
        trial->got[i] = trial->logits[i];
    }
    return MIEN_OK;
}

static double largest_difference(const struct trial *trial, size_t *worst) {
    double largest = -1;
    for (size_t i = 0; i < trial->classes; i++) {
        const double difference = fabs(trial->got[i] - trial->expected[i]);
        if (difference > largest) {
            largest = difference;
            *worst = i;
        }
    }
    return largest;
}

struct ranked {
    double value;
    size_t index;
};

static int compare_ranked(const void *a, const void *b) {
    const double first = ((const struct ranked *)a)->value;
    const double second = ((const struct ranked *)b)->value;
    return (first > second) - (first < second);
}

static void rank(const double *values, size_t count, struct ranked *ranks) {
    for (size_t i = 0; i < count; i++) {
        ranks[i] = (struct ranked){values[i], i};
    }
    qsort(ranks, count, sizeof *ranks, compare_ranked);
}

/// The same values under other labels: says which order of classes would fit.
static mien_status hint_labels(const struct trial *trial, char hint[MIEN_GOLDEN_HINT],
                               mien_error *error) {
    const size_t count = trial->classes;
    struct ranked *const got = calloc(count, 2 * sizeof *got + sizeof(size_t));
    if (!got) {
        return mien_fail_memory(error, "a golden sample");
    }
    struct ranked *const expected = got + count;
    size_t *const label = (size_t *)(expected + count); // of each logit
    rank(trial->got, count, got);
    rank(trial->expected, count, expected);
    bool same = true;
    for (size_t i = 0; i < count; i++) {
        same &= fabs(got[i].value - expected[i].value) <= trial->allowed;
        label[got[i].index] = expected[i].index;
    }
    if (same) {
        size_t used =
            (size_t)snprintf(hint, MIEN_GOLDEN_HINT, "label order looks permuted: with classes: [");
        for (size_t i = 0; i < count && used < MIEN_GOLDEN_HINT; i++) {
            used += (size_t)snprintf(hint + used, MIEN_GOLDEN_HINT - used, "%s%s", i ? ", " : "",
                                     mien_answerer_class(trial->model, label[i]));
        }
        if (used < MIEN_GOLDEN_HINT) {
            snprintf(hint + used, MIEN_GOLDEN_HINT - used, "] it would pass");
        }
    }
    free(got);
    return MIEN_OK;
}

static mien_status hint_colors(struct trial *trial, const mien_image *image,
                               char hint[MIEN_GOLDEN_HINT], mien_error *error) {
    mien_input_spec swapped = *mien_answerer_rule(trial->model, 0);
    if (mien_answerer_rules(trial->model) > 1 || swapped.channels != 3 ||
        swapped.color == MIEN_GRAY) {
        return MIEN_OK;
    }
    swapped.color = swapped.color == MIEN_RGB ? MIEN_BGR : MIEN_RGB;
    mien_status status = answer(trial, image, &swapped, error);
    size_t worst;
    if (status == MIEN_OK && largest_difference(trial, &worst) <= trial->allowed) {
        const char *const color = swapped.color == MIEN_RGB ? "rgb" : "bgr";
        snprintf(hint, MIEN_GOLDEN_HINT,
                 "colour order looks swapped: with input: {color: %s} it would pass", color);
    }
    return status;
}

static mien_status judge(struct trial *trial, const mien_image *image, mien_golden_result *result,
                         mien_error *error) {
    mien_status status = answer(trial, image, NULL, error);
    if (status != MIEN_OK) {
        return status;
    }
    result->difference = largest_difference(trial, &result->worst_class);
    result->expected = trial->expected[result->worst_class];
    result->got = trial->got[result->worst_class];
    result->passed = result->difference <= trial->allowed;
    if (!result->passed) {
        status = hint_labels(trial, result->hint, error);
    }
    if (!result->passed && result->hint[0] == '\0' && status == MIEN_OK) {
        status = hint_colors(trial, image, result->hint, error);
    }
    return status;
}

static mien_status read_picture(const struct trial *trial, mien_image *image, mien_error *error) {
    const mien_manifest_golden *const sample = trial->sample;
    char *path = NULL;
    mien_status status =
        mien_manifest_resolve(mien_answerer_manifest(trial->model), sample->image, &path, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_image whole = {0};
    status = mien_image_read(path, NULL, &whole, error);
    free(path);
    if (status != MIEN_OK || sample->crop.count == 0) {
        *image = whole;
        return status;
    }
    const double *const crop = sample->crop.items;
    status = mien_image_crop(&whole, (uint32_t)crop[0], (uint32_t)crop[1], (uint32_t)crop[2],
                             (uint32_t)crop[3], image, error);
    mien_image_free(&whole);
    return status;
}

static double tolerance(const struct trial *trial) {
    double largest = 1;
    for (size_t i = 0; i < trial->classes; i++) {
        largest = fmax(largest, fabs(trial->expected[i]));
    }
    return trial->sample->tolerance * largest;
}

/// The picture cannot be had: the sample's own problem, unless memory ran out.
static mien_status no_picture(mien_golden_result *result, mien_status status, mien_error *own,
                              mien_error *error) {
    if (status == MIEN_OUT_OF_MEMORY) {
        return mien_fail(error, status, "%s", own->message);
    }
    result->status = status;
    const size_t length = strnlen(own->message, sizeof result->problem - 1);
    memcpy(result->problem, own->message, length);
    return MIEN_OK;
}

static mien_status make_buffers(struct trial *trial, mien_error *error) {
    trial->logits = calloc(trial->classes, sizeof *trial->logits);
    trial->got = calloc(trial->classes, sizeof *trial->got);
    return trial->logits && trial->got ? mien_batch_create(trial->model, 1, &trial->input, error)
                                       : mien_fail_memory(error, "a golden sample");
}

mien_status mien_golden_run(mien_answerer *model, size_t index, mien_golden_result *result,
                            mien_error *error) {
    size_t count;
    const mien_manifest_golden *const sample = mien_answerer_golden(model, &count) + index;
    struct trial trial = {.model = model,
                          .sample = sample,
                          .classes = mien_answerer_classes(model),
                          .probabilities = sample->probabilities.count > 0};
    trial.expected = trial.probabilities ? sample->probabilities.items : sample->logits.items;
    trial.allowed = tolerance(&trial);
    *result = (mien_golden_result){.image = sample->image.text,
                                   .probabilities = trial.probabilities,
                                   .allowed = trial.allowed};
    mien_image image = {0};
    mien_error own = MIEN_ERROR_INIT;
    mien_status status = make_buffers(&trial, error);
    if (status == MIEN_OK) {
        const mien_status picture = read_picture(&trial, &image, &own);
        status = picture == MIEN_OK ? judge(&trial, &image, result, error)
                                    : no_picture(result, picture, &own, error);
    }
    mien_image_free(&image);
    mien_batch_clear(&trial.input);
    free(trial.logits);
    free(trial.got);
    return status;
}

mien_status mien_golden_run_blank(mien_answerer *model, mien_error *error) {
    struct trial trial = {.model = model, .classes = mien_answerer_classes(model)};
    mien_status status = make_buffers(&trial, error);
    if (status == MIEN_OK) {
        status = mien_answerer_run(model, mien_batch_inputs(&trial.input), 1, trial.logits,
                                   error); // zeros
    }
    mien_batch_clear(&trial.input);
    free(trial.logits);
    free(trial.got);
    return status;
}
