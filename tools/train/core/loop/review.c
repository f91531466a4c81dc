// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/review.h"

#include "host/cli/json_output.h"
#include "host/cli/scores_json.h"
#include "host/page/page.h"
#include "host/probabilities.h"
#include "tools/train/core/loop/state.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_MISTAKES = 36, DIGITS = 7, PICTURE_SIDE = 144 };

/// A wrong answer.
typedef struct mistake {
    size_t example, answer;
    double confidence, label_probability;
} mistake;

typedef struct review {
    mien_scores *scores;
    mistake mistakes[MOST_MISTAKES]; ///< worst first
    size_t count;
} review;

/// Keeps the mistake if it is among the worst.
static void keep(review *made, const mistake *found) {
    size_t at = made->count;
    while (at > 0 && found->label_probability < made->mistakes[at - 1].label_probability) {
        at--;
    }
    if (at < MOST_MISTAKES) {
        const size_t after = made->count - at - (made->count == MOST_MISTAKES);
        memmove(made->mistakes + at + 1, made->mistakes + at, after * sizeof *found);
        made->mistakes[at] = *found;
        made->count += made->count < MOST_MISTAKES;
    }
}

static mien_status judge(review *made, const mien_trainer *trainer, size_t example,
                         const float *logits, double *probabilities, mien_error *error) {
    const size_t classes = trainer->classes;
    const uint32_t label = mien_dataset_at(trainer->dataset, example)->label;
    mien_probabilities(logits, classes, probabilities);
    size_t answer;
    mien_top_classes(probabilities, classes, 1, &answer);
    if (answer != label) {
        const mistake found = {example, answer, probabilities[answer], probabilities[label]};
        keep(made, &found);
    }
    return mien_scores_add(made->scores, label, probabilities, error);
}

static mien_status look(review *made, mien_trainer *trainer, double *probabilities,
                        mien_error *error) {
    const size_t count = trainer->validation_count, classes = trainer->classes;
    mien_status status = MIEN_OK;
    for (size_t first = 0; first < count && status == MIEN_OK; first += trainer->rows) {
        const size_t left = count - first, rows = left < trainer->rows ? left : trainer->rows;
        status = mien_trainer_show(trainer, trainer->validation + first, rows, error);
        if (status == MIEN_OK) {
            status = mien_network_forward(trainer->network, MIEN_MODE_EVALUATE, 0, error);
        }
        const float *const logits = mien_network_logits(trainer->network);
        for (size_t row = 0; row < rows && status == MIEN_OK; row++) {
            status = judge(made, trainer, trainer->validation[first + row], logits + row * classes,
                           probabilities, error);
        }
    }
    return status;
}

// --- As a document -------------------------------------------------------------------------------

static const char *class_name(const mien_trainer *trainer, size_t index) {
    return trainer->recipe->model.classes.items[index].text;
}

static mien_status add_mistakes(const review *made, const mien_trainer *trainer,
                                yyjson_mut_doc *document, mien_error *error) {
    yyjson_mut_val *const list =
        yyjson_mut_obj_add_arr(document, yyjson_mut_doc_get_root(document), "mistakes");
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < made->count && status == MIEN_OK; i++) {
        const mistake *const wrong = &made->mistakes[i];
        const mien_example *const example = mien_dataset_at(trainer->dataset, wrong->example);
        const mien_image image = {example->height, example->width, example->channels,
                                  (uint8_t *)example->pixels};
        char *picture = NULL;
        status = mien_page_picture(&image, PICTURE_SIDE, &picture, error);
        yyjson_mut_val *const each = yyjson_mut_arr_add_obj(document, list);
        mien_json_add_text(document, each, "path", example->name);
        mien_json_add_text(document, each, "label", class_name(trainer, example->label));
        mien_json_add_text(document, each, "answer", class_name(trainer, wrong->answer));
        mien_json_add_number(document, each, "confidence", wrong->confidence, DIGITS);
        mien_json_add_number(document, each, "label_probability", wrong->label_probability, DIGITS);
        mien_json_add_text(document, each, "picture", picture);
        free(picture);
    }
    return status;
}

static void add_figures(const double figures[MIEN_FIGURE_COUNT], yyjson_mut_doc *document,
                        yyjson_mut_val *object) {
    static const char *const keys[MIEN_FIGURE_COUNT] = {
        [MIEN_FIGURE_ACCURACY] = "accuracy", [MIEN_FIGURE_BALANCED_ACCURACY] = "balanced_accuracy",
        [MIEN_FIGURE_MACRO_F1] = "macro_f1", [MIEN_FIGURE_LOG_LOSS] = "log_loss",
        [MIEN_FIGURE_BRIER] = "brier",       [MIEN_FIGURE_CALIBRATION_ERROR] = "calibration_error",
    };
    for (size_t i = 0; i < MIEN_FIGURE_COUNT; i++) {
        mien_json_add_number(document, object, keys[i], figures[i], DIGITS);
    }
}

static mien_status add_scores(const review *made, const mien_trainer *trainer,
                              yyjson_mut_doc *document, mien_error *error) {
    yyjson_mut_val *const root = yyjson_mut_doc_get_root(document);
    const size_t count = trainer->classes;
    double figures[MIEN_FIGURE_COUNT];
    mien_reliability_bin bins[MIEN_RELIABILITY_BINS];
    mien_class_scores *const classes = calloc(count, sizeof *classes);
    const char **const names = (const char **)calloc(count, sizeof *names);
    mien_status status = MIEN_OK;
    if (classes && names) {
        for (size_t i = 0; i < count; i++) {
            names[i] = class_name(trainer, i);
        }
        mien_scores_summarise(made->scores, figures, classes, bins);
        add_figures(figures, document, root);
        status = mien_json_add_scores(document, root, made->scores, names, classes, bins, error);
    } else {
        status = mien_fail_memory(error, "a review");
    }
    free((void *)names);
    free(classes);
    return status;
}

static mien_status to_document(const review *made, const mien_trainer *trainer, uint32_t epoch,
                               yyjson_mut_doc **document, mien_error *error) {
    yyjson_mut_doc *const written = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *const root = written ? yyjson_mut_obj(written) : NULL;
    if (!root) {
        yyjson_mut_doc_free(written);
        return mien_fail_memory(error, "a review");
    }
    yyjson_mut_doc_set_root(written, root);
    yyjson_mut_obj_add_uint(written, root, "epoch", epoch);
    yyjson_mut_obj_add_uint(written, root, "pictures", trainer->validation_count);
    mien_status status = add_scores(made, trainer, written, error);
    if (status == MIEN_OK) {
        status = add_mistakes(made, trainer, written, error);
    }
    if (status != MIEN_OK) {
        yyjson_mut_doc_free(written);
        return status;
    }
    *document = written;
    return MIEN_OK;
}

mien_status mien_review(mien_trainer *trainer, uint32_t epoch, yyjson_mut_doc **document,
                        mien_error *error) {
    review made = {.scores = mien_scores_create(trainer->classes)};
    double *const probabilities = calloc(trainer->classes, sizeof *probabilities);
    mien_status status =
        made.scores && probabilities ? MIEN_OK : mien_fail_memory(error, "a review");
    if (status == MIEN_OK) {
        status = look(&made, trainer, probabilities, error);
    }
    if (status == MIEN_OK) {
        status = to_document(&made, trainer, epoch, document, error);
    }
    free(probabilities);
    mien_scores_free(made.scores);
    return status;
}
