// SPDX-License-Identifier: Apache-2.0
// Every figure is made from sums over pictures, so a bootstrap resample is one more walk over the
// few numbers that are kept of each picture.
#include "host/evaluation/scores.h"

#include "host/probabilities.h"
#include "host/statistics/share.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct record {
    uint32_t label, predicted;
    double confidence; // probability of the predicted class
    double log_loss, brier;
} record;

struct mien_scores {
    size_t classes;
    record *records;
    size_t count, capacity;
    mien_class_scores *scratch; // one a class
};

/// Sums over some pictures.
typedef struct tally {
    mien_class_scores *classes;
    size_t class_count, pictures, right;
    double log_loss, brier;
    mien_reliability_bin bins[MIEN_RELIABILITY_BINS];
} tally;

mien_scores *mien_scores_create(size_t classes) {
    mien_scores *scores = calloc(1, sizeof *scores);
    if (!scores) {
        return NULL;
    }
    scores->classes = classes;
    scores->scratch = calloc(classes, sizeof *scores->scratch);
    if (!scores->scratch) {
        free(scores);
        return NULL;
    }
    return scores;
}

void mien_scores_free(mien_scores *scores) {
    if (scores) {
        free(scores->records);
        free(scores->scratch);
        free(scores);
    }
}

static mien_status make_room(mien_scores *scores, mien_error *error) {
    if (scores->count < scores->capacity) {
        return MIEN_OK;
    }
    size_t capacity, bytes;
    record *records = NULL;
    if (!__builtin_mul_overflow(scores->capacity, (size_t)2, &capacity) &&
        !__builtin_add_overflow(capacity, (size_t)256, &capacity) &&
        !__builtin_mul_overflow(capacity, sizeof *records, &bytes)) {
        records = realloc(scores->records, bytes);
    }
    if (!records) {
        return mien_fail_memory(error, "pictures' scores");
    }
    scores->records = records;
    scores->capacity = capacity;
    return MIEN_OK;
}

double mien_log_loss(double probability) {
    return -log(fmax(probability, DBL_EPSILON)); // as scikit-learn
}

mien_status mien_scores_add(mien_scores *scores, size_t label, const double *probabilities,
                            mien_error *error) {
    mien_status status = make_room(scores, error);
    if (status != MIEN_OK) {
        return status;
    }
    size_t predicted = 0;
    mien_top_classes(probabilities, scores->classes, 1, &predicted);
    double brier = 0;
    for (size_t i = 0; i < scores->classes; i++) {
        double difference = probabilities[i] - (i == label);
        brier += difference * difference;
    }
    scores->records[scores->count++] = (record){
        .label = (uint32_t)label,
        .predicted = (uint32_t)predicted,
        .confidence = probabilities[predicted],
        .log_loss = mien_log_loss(probabilities[label]),
        .brier = brier,
    };
    return MIEN_OK;
}

size_t mien_scores_classes(const mien_scores *scores) {
    return scores->classes;
}

size_t mien_scores_pictures(const mien_scores *scores) {
    return scores->count;
}

mien_answer mien_scores_answer(const mien_scores *scores, size_t index) {
    const record *each = &scores->records[index];
    return (mien_answer){
        .label = each->label, .answer = each->predicted, .confidence = each->confidence};
}

// --- Sums ----------------------------------------------------------------------------------------

static size_t bin_of(double confidence) {
    double place = ceil(confidence * MIEN_RELIABILITY_BINS) - 1;
    return place < 0                        ? 0
           : place >= MIEN_RELIABILITY_BINS ? MIEN_RELIABILITY_BINS - 1
                                            : (size_t)place;
}

static void count_picture(tally *sums, const record *each) {
    bool right = each->label == each->predicted;
    sums->classes[each->label].pictures++;
    sums->classes[each->label].right += right;
    sums->classes[each->predicted].predicted++;
    sums->pictures++;
    sums->right += right;
    sums->log_loss += each->log_loss;
    sums->brier += each->brier;
    mien_reliability_bin *bin = &sums->bins[bin_of(each->confidence)];
    bin->pictures++;
    bin->confidence += each->confidence;
    bin->accuracy += right;
}

static tally start_tally(const mien_scores *scores) {
    for (size_t i = 0; i < scores->classes; i++) {
        scores->scratch[i] = (mien_class_scores){0};
    }
    return (tally){.classes = scores->scratch, .class_count = scores->classes};
}

// --- Figures -------------------------------------------------------------------------------------

static double share(double part, size_t whole) {
    return whole ? part / (double)whole : (double)NAN;
}

static void fill_shares(mien_class_scores *class) {
    class->precision = share((double)class->right, class->predicted);
    class->recall = share((double)class->right, class->pictures);
    class->f1 = share(2 * (double)class->right, class->predicted + class->pictures);
}

/// Sum of |accuracy − confidence| over bins, each weighted by its pictures.
static double calibration_error(const tally *sums) {
    double gaps = 0;
    for (size_t i = 0; i < MIEN_RELIABILITY_BINS; i++) {
        gaps += fabs(sums->bins[i].accuracy - sums->bins[i].confidence);
    }
    return share(gaps, sums->pictures);
}

static void make_figures(const tally *sums, double figures[MIEN_FIGURE_COUNT]) {
    double recall = 0, f1 = 0;
    size_t recalls = 0, f1s = 0;
    for (size_t i = 0; i < sums->class_count; i++) {
        mien_class_scores *class = &sums->classes[i];
        fill_shares(class);
        if (class->pictures) {
            recall += class->recall;
            recalls++;
        }
        if (class->pictures + class->predicted) {
            f1 += class->f1;
            f1s++;
        }
    }
    figures[MIEN_FIGURE_ACCURACY] = share((double)sums->right, sums->pictures);
    figures[MIEN_FIGURE_BALANCED_ACCURACY] = share(recall, recalls);
    figures[MIEN_FIGURE_MACRO_F1] = share(f1, f1s);
    figures[MIEN_FIGURE_LOG_LOSS] = share(sums->log_loss, sums->pictures);
    figures[MIEN_FIGURE_BRIER] = share(sums->brier, sums->pictures);
    figures[MIEN_FIGURE_CALIBRATION_ERROR] = calibration_error(sums);
}

void mien_scores_summarise(const mien_scores *scores, double figures[MIEN_FIGURE_COUNT],
                           mien_class_scores *classes,
                           mien_reliability_bin bins[MIEN_RELIABILITY_BINS]) {
    tally sums = start_tally(scores);
    for (size_t i = 0; i < scores->count; i++) {
        count_picture(&sums, &scores->records[i]);
    }
    make_figures(&sums, figures);
    for (size_t i = 0; classes && i < sums.class_count; i++) {
        classes[i] = sums.classes[i];
    }
    for (size_t i = 0; bins && i < MIEN_RELIABILITY_BINS; i++) {
        bins[i].pictures = sums.bins[i].pictures;
        bins[i].confidence = share(sums.bins[i].confidence, bins[i].pictures);
        bins[i].accuracy = share(sums.bins[i].accuracy, bins[i].pictures);
    }
}

void mien_scores_confusion(const mien_scores *scores, size_t *matrix) {
    for (size_t i = 0; i < scores->classes * scores->classes; i++) {
        matrix[i] = 0;
    }
    for (size_t i = 0; i < scores->count; i++) {
        const record *each = &scores->records[i];
        matrix[each->label * scores->classes + each->predicted]++;
    }
}

static void figures_of(const void *context, const size_t *picks, size_t count, double *figures) {
    const mien_scores *scores = context;
    tally sums = start_tally(scores);
    for (size_t i = 0; i < count; i++) {
        count_picture(&sums, &scores->records[picks[i]]);
    }
    make_figures(&sums, figures);
}

static size_t count_right(const mien_scores *scores) {
    size_t right = 0;
    for (size_t i = 0; i < scores->count; i++) {
        right += scores->records[i].label == scores->records[i].predicted;
    }
    return right;
}

mien_status mien_scores_intervals(const mien_scores *scores,
                                  mien_interval intervals[MIEN_FIGURE_COUNT], mien_error *error) {
    const double right = (double)count_right(scores);
    mien_status status =
        mien_bootstrap(figures_of, scores, scores->count, intervals, MIEN_FIGURE_COUNT, error);
    if (status == MIEN_OK && mien_share_is_extreme(right, scores->count)) {
        intervals[MIEN_FIGURE_ACCURACY] = mien_share_interval(right, scores->count);
    }
    return status;
}
