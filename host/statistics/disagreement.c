// SPDX-License-Identifier: Apache-2.0
#include "host/statistics/disagreement.h"

#include <math.h>
#include <stdlib.h>

double mien_disagreement_confidence(mien_answer_source source, const void *context, size_t models,
                                    size_t picture) {
    mien_answer surest = {.confidence = -1};
    for (size_t i = 0; i < models; i++) {
        mien_answer each = source(context, i, picture);
        surest = each.confidence > surest.confidence ? each : surest;
    }
    // The surest model is one of the two: put in another's place, it makes no pair less sure.
    double most = -1;
    for (size_t i = 0; i < models; i++) {
        mien_answer each = source(context, i, picture);
        most = each.answer != surest.answer ? fmax(most, each.confidence) : most;
    }
    return most;
}

static int most_confident_first(const void *a, const void *b) {
    const mien_disagreement *first = a, *second = b;
    if (first->confidence != second->confidence) {
        return first->confidence > second->confidence ? -1 : 1;
    }
    return (first->picture > second->picture) - (first->picture < second->picture);
}

mien_status mien_disagreements_find(mien_answer_source source, const void *context, size_t models,
                                    size_t pictures, mien_disagreement **list, size_t *found,
                                    mien_error *error) {
    mien_disagreement *all = calloc(pictures + 1, sizeof *all);
    if (!all) {
        return mien_fail_memory(error, "disagreements");
    }
    size_t count = 0;
    for (size_t i = 0; i < pictures; i++) {
        double confidence = mien_disagreement_confidence(source, context, models, i);
        if (confidence >= 0) {
            all[count++] = (mien_disagreement){.picture = i, .confidence = confidence};
        }
    }
    qsort(all, count, sizeof *all, most_confident_first);
    *list = all;
    *found = count;
    return MIEN_OK;
}
