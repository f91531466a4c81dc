// SPDX-License-Identifier: Apache-2.0
#include "host/cli/scores_json.h"

#include "host/cli/json_output.h"

#include <stdlib.h>

enum { DIGITS = 7 };

static void add_classes(yyjson_mut_doc *document, yyjson_mut_val *object, const char *const *names,
                        const mien_class_scores *classes, size_t count) {
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, "classes");
    for (size_t i = 0; i < count; i++) {
        const mien_class_scores *class = &classes[i];
        yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, array);
        mien_json_add_text(document, each, "class", names[i]);
        yyjson_mut_obj_add_uint(document, each, "pictures", class->pictures);
        yyjson_mut_obj_add_uint(document, each, "answers", class->predicted);
        mien_json_add_number(document, each, "precision", class->precision, DIGITS);
        mien_json_add_number(document, each, "recall", class->recall, DIGITS);
        mien_json_add_number(document, each, "f1", class->f1, DIGITS);
    }
}

static void add_bins(yyjson_mut_doc *document, yyjson_mut_val *object,
                     const mien_reliability_bin *bins) {
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, "calibration");
    for (size_t i = 0; i < MIEN_RELIABILITY_BINS; i++) {
        yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, array);
        yyjson_mut_obj_add_uint(document, each, "pictures", bins[i].pictures);
        mien_json_add_number(document, each, "confidence", bins[i].confidence, DIGITS);
        mien_json_add_number(document, each, "accuracy", bins[i].accuracy, DIGITS);
    }
}

static mien_status add_confusion(yyjson_mut_doc *document, yyjson_mut_val *object,
                                 const mien_scores *scores, mien_error *error) {
    size_t count = mien_scores_classes(scores);
    size_t *matrix = calloc(count * count, sizeof *matrix);
    if (!matrix) {
        return mien_fail_memory(error, "a confusion matrix");
    }
    mien_scores_confusion(scores, matrix);
    yyjson_mut_val *rows = yyjson_mut_obj_add_arr(document, object, "confusion");
    for (size_t i = 0; i < count; i++) {
        yyjson_mut_val *each = yyjson_mut_arr_add_arr(document, rows);
        for (size_t k = 0; k < count; k++) {
            yyjson_mut_arr_add_uint(document, each, matrix[i * count + k]);
        }
    }
    free(matrix);
    return MIEN_OK;
}

mien_status mien_json_add_scores(yyjson_mut_doc *document, yyjson_mut_val *object,
                                 const mien_scores *scores, const char *const *names,
                                 const mien_class_scores *classes, const mien_reliability_bin *bins,
                                 mien_error *error) {
    add_classes(document, object, names, classes, mien_scores_classes(scores));
    add_bins(document, object, bins);
    return add_confusion(document, object, scores, error);
}
