// SPDX-License-Identifier: Apache-2.0
// Cells held against the rows of an earlier sweep.
#include "host/cli/sweep.h"

#include "host/page/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// What was measured once.
typedef struct {
    char *subject; ///< of what, as describe() has it
    yyjson_doc *row;
    size_t place; ///< in the file
} measured;

struct mien_sweep_baseline {
    const char *path;
    const mien_criteria *criteria;
    measured *rows; ///< sorted by subject and place
    size_t count, capacity;
};

// --- Rows ----------------------------------------------------------------------------------------

/// All that must be the same for two rows to be about the same thing, as one text; free() it.
static char *describe(yyjson_val *row) {
    static const char *const same[] = {"model",   "dataset",    "split",    "classes",
                                       "flip",    "corruption", "severity", "seed",
                                       "threads", "batch",      "plan",     "limit"};
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    bool good = file;
    for (size_t i = 0; good && i < sizeof same / sizeof *same; i++) {
        yyjson_val *const value = yyjson_obj_get(row, same[i]);
        char *const written = value ? yyjson_val_write(value, YYJSON_WRITE_NOFLAG, NULL) : NULL;
        good = !value || written;
        fprintf(file, "%s\n", written ? written : "");
        free(written);
    }
    if (file && (fclose(file) != 0 || !good)) {
        free(text);
        text = NULL;
    }
    return text;
}

static mien_status take_row(void *context, yyjson_doc *row, mien_error *error) {
    mien_sweep_baseline *const baseline = context;
    yyjson_val *const root = yyjson_doc_get_root(row);
    if (yyjson_obj_get(root, "error")) {
        yyjson_doc_free(row);
        return MIEN_OK;
    }
    char *const subject = describe(root);
    if (subject && baseline->count == baseline->capacity) {
        const size_t more = baseline->capacity ? 2 * baseline->capacity : 64;
        measured *const rows = reallocarray(baseline->rows, more, sizeof *rows);
        baseline->capacity = rows ? more : baseline->capacity;
        baseline->rows = rows ? rows : baseline->rows;
    }
    if (!subject || baseline->count == baseline->capacity) {
        free(subject);
        yyjson_doc_free(row);
        return mien_fail_memory(error, "a baseline");
    }
    baseline->rows[baseline->count] = (measured){subject, row, baseline->count};
    baseline->count++;
    return MIEN_OK;
}

static int compare_rows(const void *a, const void *b) {
    const measured *left = a, *right = b;
    const int order = strcmp(left->subject, right->subject);
    return order ? order : left->place < right->place ? -1 : left->place > right->place;
}

/// A tolerance for what was never measured would let everything pass.
static mien_status check_figures(const mien_sweep_baseline *baseline, mien_error *error) {
    const mien_criteria *criteria = baseline->criteria;
    for (size_t i = 0; i < criteria->tolerance_count; i++) {
        bool found = false;
        for (size_t k = 0; k < baseline->count && !found; k++) {
            yyjson_val *const row = yyjson_doc_get_root(baseline->rows[k].row);
            found = !isnan(mien_sweep_figure(row, criteria->tolerances[i].figure, MIEN_PART_VALUE));
        }
        if (!found) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "%s: has no row with the figure %s; a baseline is what an earlier "
                             "sweep wrote, with 'seconds' in it for what concerns time and memory",
                             baseline->path,
                             mien_named_figures[criteria->tolerances[i].figure].name);
        }
    }
    return MIEN_OK;
}

mien_status mien_sweep_baseline_parse(const void *bytes, size_t size, const char *path,
                                      const mien_criteria *criteria, mien_sweep_baseline **baseline,
                                      mien_sweep_extent *extent, mien_error *error) {
    mien_sweep_baseline *const read = calloc(1, sizeof *read);
    if (!read) {
        return mien_fail_memory(error, "a baseline");
    }
    *read = (mien_sweep_baseline){.path = path, .criteria = criteria};
    mien_status status = mien_sweep_rows(bytes, size, path, take_row, read, extent, error);
    if (status == MIEN_OK) {
        status = check_figures(read, error);
    }
    if (status != MIEN_OK) {
        mien_sweep_baseline_free(read);
        return status;
    }
    if (read->count) {
        qsort(read->rows, read->count, sizeof *read->rows, compare_rows);
    }
    *baseline = read;
    return MIEN_OK;
}

mien_status mien_sweep_baseline_read(const char *path, const mien_criteria *criteria,
                                     mien_sweep_baseline **baseline, mien_error *error) {
    char *text = NULL;
    size_t size = 0;
    mien_sweep_extent extent;
    mien_status status = mien_page_file(path, &text, &size, error);
    if (status == MIEN_OK) {
        status = mien_sweep_baseline_parse(text, size, path, criteria, baseline, &extent, error);
    }
    if (status == MIEN_OK) {
        mien_sweep_say_torn(path, &extent, 0);
    }
    free(text);
    return status;
}

void mien_sweep_baseline_free(mien_sweep_baseline *baseline) {
    if (baseline) {
        for (size_t i = 0; i < baseline->count; i++) {
            free(baseline->rows[i].subject);
            yyjson_doc_free(baseline->rows[i].row);
        }
        free(baseline->rows);
        free(baseline);
    }
}

// --- Judging -------------------------------------------------------------------------------------

/// The last row about that; NULL: there is none.
static yyjson_val *find(const mien_sweep_baseline *baseline, const char *subject) {
    size_t low = 0, high = baseline->count; // rows before `low` are not after the subject
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const bool before = strcmp(baseline->rows[middle].subject, subject) <= 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low > 0 && strcmp(baseline->rows[low - 1].subject, subject) == 0
               ? yyjson_doc_get_root(baseline->rows[low - 1].row)
               : NULL;
}

static uint32_t pictures_of(yyjson_val *row) {
    const uint64_t pictures = yyjson_get_uint(yyjson_obj_get(row, "pictures"));
    return pictures < UINT32_MAX / 2 ? (uint32_t)pictures : 0;
}

static mien_interval interval_of(yyjson_val *row, size_t figure) {
    return (mien_interval){mien_sweep_figure(row, figure, MIEN_PART_LOW),
                           mien_sweep_figure(row, figure, MIEN_PART_HIGH)};
}

mien_status mien_sweep_baseline_judge(const mien_sweep_baseline *baseline,
                                      const mien_sweep_cell *cell, const char *name,
                                      mien_verdicts *verdicts, mien_error *error) {
    const mien_criteria *criteria = baseline->criteria;
    yyjson_val *const now = yyjson_doc_get_root(cell->row);
    char *const subject = describe(now);
    if (!subject) {
        return mien_fail_memory(error, "a baseline");
    }
    yyjson_val *const before = find(baseline, subject);
    free(subject);
    if (!before) {
        return mien_verdicts_add(verdicts, name, "baseline", false, error,
                                 "%s has no row of it with the same split, classes, flip and limit",
                                 baseline->path);
    }
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < criteria->tolerance_count && status == MIEN_OK; i++) {
        const mien_tolerance *tolerance = &criteria->tolerances[i];
        const size_t figure = tolerance->figure;
        const mien_change change = {.before = mien_sweep_figure(before, figure, MIEN_PART_VALUE),
                                    .now = mien_sweep_figure(now, figure, MIEN_PART_VALUE),
                                    .interval_before = interval_of(before, figure),
                                    .interval_now = interval_of(now, figure),
                                    .pictures_before = pictures_of(before),
                                    .pictures_now = pictures_of(now)};
        status = mien_change_judge(&change, tolerance, criteria->significant, baseline->path, name,
                                   verdicts, error);
    }
    return status;
}
