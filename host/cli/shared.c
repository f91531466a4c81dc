// SPDX-License-Identifier: Apache-2.0
#include "host/cli/shared.h"

#include "host/cli/interrupt.h"
#include "host/cli/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

const char *const mien_plan_names[] = {
    [MIEN_PLAN_FAST] = "fast", [MIEN_PLAN_SMALL] = "small", NULL};

uint32_t mien_processor_count(void) {
    return uv_available_parallelism();
}

uint32_t mien_thread_count(int64_t given) {
    uint32_t most = mien_processor_count();
    return given <= 0 ? 1 : given < most ? (uint32_t)given : most;
}

void mien_selection_free(mien_selection *selection) {
    for (size_t i = 0; i < selection->count; i++) {
        free(selection->names[i]);
    }
    free((void *)selection->names);
    *selection = (mien_selection){0};
}

/// Whether the weights that a manifest names are there.
static bool finds_weights(const mien_manifest *manifest) {
    char *path = NULL;
    mien_status status = mien_manifest_resolve(manifest, manifest->model.weights.file, &path, NULL);
    free(path);
    return status == MIEN_OK;
}

/// Where all are wanted, one that is broken or lacks its file is wanted too, for its error.
static bool suits(const mien_registry_entry *entry, mien_selection_rule rule) {
    const mien_manifest *manifest = entry->manifest;
    if (!manifest) {
        return rule == MIEN_SELECT_ALL;
    }
    return manifest->kind == MIEN_KIND_MODEL && manifest->model.weights.file.text &&
           (rule == MIEN_SELECT_ALL || finds_weights(manifest));
}

static mien_status add_name(mien_selection *selection, const char *name, mien_error *error) {
    selection->names[selection->count] = strdup(name);
    if (!selection->names[selection->count]) {
        return mien_fail_memory(error, "a list of models");
    }
    selection->count++;
    return MIEN_OK;
}

static mien_status select_by_rule(mien_registry *registry, mien_selection_rule rule,
                                  mien_selection *selection, mien_error *error) {
    mien_registry_entry *entries = NULL;
    size_t count = 0;
    mien_status status = mien_registry_list(registry, &entries, &count, error);
    if (status != MIEN_OK) {
        return status;
    }
    selection->names = (char **)calloc(count + 1, sizeof *selection->names);
    status = selection->names ? MIEN_OK : mien_fail_memory(error, "a list of models");
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        bool enough = rule == MIEN_SELECT_FIRST && selection->count == 1;
        if (!enough && suits(&entries[i], rule)) {
            // A broken manifest is named by its path, so that its error comes again.
            const char *name = entries[i].manifest ? entries[i].name : entries[i].path;
            status = add_name(selection, name, error);
        }
    }
    mien_registry_entries_free(entries, count);
    if (status == MIEN_OK && selection->count == 0) {
        status = mien_fail(error, MIEN_NOT_FOUND,
                           "no model has weights; see 'mien list', or set MIEN_MANIFEST_PATH to "
                           "the folder of your manifests");
    }
    return status;
}

mien_status mien_select_models(mien_registry *registry, const char *const *given, size_t count,
                               mien_selection_rule rule, mien_selection *selection,
                               mien_error *error) {
    *selection = (mien_selection){0};
    mien_status status = MIEN_OK;
    if (count == 0) {
        status = select_by_rule(registry, rule, selection, error);
    } else {
        selection->names = (char **)calloc(count, sizeof *selection->names);
        status = selection->names ? MIEN_OK : mien_fail_memory(error, "a list of models");
        for (size_t i = 0; i < count && status == MIEN_OK; i++) {
            status = add_name(selection, given[i], error);
        }
    }
    if (status != MIEN_OK) {
        mien_selection_free(selection);
    }
    return status;
}

uint64_t mien_file_bytes(const char *path) {
    struct stat file;
    return path && stat(path, &file) == 0 ? (uint64_t)file.st_size : 0;
}

mien_status mien_parse_crop(const char *text, mien_rectangle *crop, mien_error *error) {
    uint32_t *const members[] = {&crop->x, &crop->y, &crop->width, &crop->height};
    const char *at = text;
    bool good = true;
    for (size_t i = 0; i < 4 && good; i++) {
        char *end;
        unsigned long value = strtoul(at, &end, 10);
        good = at[0] >= '0' && at[0] <= '9' && value <= INT32_MAX && *end == (i < 3 ? ',' : '\0');
        *members[i] = (uint32_t)value;
        at = end + 1;
    }
    if (good && crop->width && crop->height) {
        return MIEN_OK;
    }
    return mien_fail(error, MIEN_INVALID_ARGUMENT,
                     "--crop takes left,top,width,height in pixels, such as 160,60,130,130, not "
                     "'%s'",
                     text);
}

mien_status mien_picture_read(const char *path, const mien_rectangle *crop, mien_picture *picture,
                              mien_error *error) {
    *picture = (mien_picture){0};
    mien_status status = mien_image_read(path, NULL, &picture->whole, error);
    if (status != MIEN_OK || !crop) {
        return status;
    }
    status = mien_image_crop(&picture->whole, crop->x, crop->y, crop->width, crop->height,
                             &picture->part, error);
    if (status != MIEN_OK) {
        mien_picture_clear(picture);
        status = status == MIEN_INVALID_ARGUMENT ? MIEN_BAD_INPUT : status;
        mien_error_context(error, status, "%s", path);
    }
    return status;
}

void mien_picture_clear(mien_picture *picture) {
    mien_image_free(&picture->whole);
    mien_image_free(&picture->part);
}

const mien_image *mien_picture_part(const mien_picture *picture) {
    return picture->part.pixels ? &picture->part : &picture->whole;
}

mien_status mien_picture_batch(const mien_picture *picture, const mien_answerer *answerer,
                               mien_batch *input, mien_error *error) {
    mien_batch made = {0};
    mien_status status = mien_batch_create(answerer, 1, &made, error);
    if (status == MIEN_OK) {
        status = mien_batch_prepare(&made, 0, mien_picture_part(picture), error);
    }
    if (status != MIEN_OK) {
        mien_batch_clear(&made);
        return status;
    }
    *input = made;
    return MIEN_OK;
}

static int by_size(const void *a, const void *b) {
    const double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

void mien_timing_sort(mien_timing *timing) {
    qsort(timing->milliseconds, timing->count, sizeof *timing->milliseconds, by_size);
}

enum { FEWEST_RUNS = 3, MOST_RUNS = 1000 };

static mien_status time_runs(mien_answerer *model, const mien_batch *input, size_t batch,
                             double seconds, float *logits, mien_timing *timing,
                             mien_error *error) {
    mien_status status = mien_answerer_run(model, mien_batch_inputs(input), batch, logits, error);
    double start = mien_seconds(), now = start;
    while (status == MIEN_OK && timing->count < MOST_RUNS &&
           (timing->count < FEWEST_RUNS || now - start < seconds)) {
        if (mien_interrupted()) {
            return mien_fail(error, MIEN_CANCELLED, "interrupted");
        }
        double before = mien_seconds();
        status = mien_answerer_run(model, mien_batch_inputs(input), batch, logits, error);
        now = mien_seconds();
        timing->milliseconds[timing->count++] = 1e3 * (now - before);
    }
    return status;
}

mien_status mien_time_model(mien_answerer *model, const mien_batch *input, size_t batch,
                            double seconds, mien_timing *timing, mien_error *error) {
    *timing = (mien_timing){0};
    float *logits = calloc(batch * mien_answerer_classes(model), sizeof *logits);
    timing->milliseconds = calloc(MOST_RUNS, sizeof *timing->milliseconds);
    mien_status status = logits && timing->milliseconds
                             ? time_runs(model, input, batch, seconds, logits, timing, error)
                             : mien_fail_memory(error, "a measurement");
    free(logits);
    if (status != MIEN_OK) {
        free(timing->milliseconds);
        *timing = (mien_timing){0};
        return status;
    }
    mien_timing_sort(timing);
    return MIEN_OK;
}

double mien_timing_quantile(const mien_timing *timing, double share) {
    double place = share * (double)(timing->count - 1);
    size_t below = (size_t)place;
    size_t above = below + 1 < timing->count ? below + 1 : below;
    double part = place - (double)below;
    return (1 - part) * timing->milliseconds[below] + part * timing->milliseconds[above];
}
