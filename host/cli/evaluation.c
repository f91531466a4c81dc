// SPDX-License-Identifier: Apache-2.0
// Which pictures of which classes an evaluation is about.
#include "host/cli/evaluation.h"

#include "zoo/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *copy_name(mien_evaluation *evaluation, const char *name, size_t length) {
    return mien_pool_text(evaluation->pool, name, length);
}

/// A list of names in the pool, with room for `most`.
static const char **make_list(mien_evaluation *evaluation, size_t most) {
    return (const char **)mien_pool_alloc(evaluation->pool, most, sizeof(const char *));
}

static size_t find_name(const char *const *names, size_t count, const char *name) {
    size_t i = 0;
    while (i < count && strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

// --- The data set --------------------------------------------------------------------------------

static mien_status use_manifest(mien_evaluation *evaluation, const mien_registry *registry,
                                mien_error *error) {
    mien_status status =
        mien_registry_manifest(registry, evaluation->dataset, &evaluation->manifest, error);
    if (status == MIEN_NOT_FOUND) {
        return mien_error_context(error, status, "data set \"%.64s\": there is no such folder",
                                  evaluation->dataset);
    }
    if (status != MIEN_OK) {
        return status;
    }
    const mien_manifest *manifest = evaluation->manifest;
    if (manifest->kind != MIEN_KIND_DATASET) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s: is a manifest of a %s; the last operand is the data set, a folder or "
                         "a manifest of kind dataset",
                         manifest->path, mien_manifest_kind_text(manifest->kind));
    }
    const mien_manifest_texts *classes = &manifest->dataset.classes;
    evaluation->known = make_list(evaluation, classes->count);
    if (!evaluation->known) {
        return mien_fail_memory(error, "a list of classes");
    }
    for (size_t i = 0; i < classes->count; i++) {
        evaluation->known[evaluation->known_count++] = classes->items[i].text;
    }
    return mien_dataset_folder(manifest, evaluation->split, &evaluation->folder, error);
}

static mien_status copy_folders(mien_evaluation *evaluation, const mien_paths *folders,
                                mien_error *error) {
    evaluation->known = make_list(evaluation, folders->count);
    for (size_t i = 0; evaluation->known && i < folders->count; i++) {
        const char *name = copy_name(evaluation, folders->items[i], strlen(folders->items[i]));
        evaluation->known[i] = name;
        evaluation->known_count += name != NULL;
    }
    return evaluation->known && evaluation->known_count == folders->count
               ? MIEN_OK
               : mien_fail_memory(error, "a list of classes");
}

static mien_status use_folder(mien_evaluation *evaluation, mien_error *error) {
    if (evaluation->split) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--split goes with a data set's manifest; %s is a folder, so give the "
                         "split's own",
                         evaluation->dataset);
    }
    mien_paths folders = {0};
    evaluation->folder = strdup(evaluation->dataset);
    mien_status status = evaluation->folder
                             ? mien_paths_add_subfolders(&folders, evaluation->dataset, error)
                             : mien_fail_memory(error, "a path");
    if (status == MIEN_OK && folders.count == 0) {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%s: holds no folders; a data set has a folder of pictures for each "
                           "class",
                           evaluation->dataset);
    }
    if (status == MIEN_OK) {
        status = copy_folders(evaluation, &folders, error);
    }
    mien_paths_free(&folders);
    return status;
}

mien_status mien_evaluation_find(mien_evaluation *evaluation, const mien_registry *registry,
                                 mien_error *error) {
    evaluation->pool = mien_pool_create();
    if (!evaluation->pool) {
        return mien_fail_memory(error, "a list of classes");
    }
    struct stat about;
    bool is_folder = stat(evaluation->dataset, &about) == 0 && S_ISDIR(about.st_mode);
    return is_folder ? use_folder(evaluation, error) : use_manifest(evaluation, registry, error);
}

// --- Classes -------------------------------------------------------------------------------------

static bool knows(const mien_guest *model, const char *name) {
    return mien_guest_find_class(model, name) < mien_guest_classes(model);
}

static mien_status refuse_class(const mien_evaluation *evaluation, const char *name,
                                mien_error *error) {
    mien_nearest nearest = {.word = name};
    for (size_t i = 0; i < evaluation->known_count; i++) {
        mien_nearest_offer(&nearest, evaluation->known[i]);
    }
    const char *best = nearest.best ? nearest.best : evaluation->known[0];
    return mien_fail(error, MIEN_BAD_INPUT, "%s: has no class \"%.64s\"; %s \"%.64s\"%s",
                     evaluation->dataset, name, nearest.best ? "did you mean" : "it has", best,
                     nearest.best ? "?" : " and others");
}

static mien_status add_given(mien_evaluation *evaluation, const char *name, size_t length,
                             mien_error *error) {
    const char *copy = copy_name(evaluation, name, length);
    if (!copy) {
        return mien_fail_memory(error, "a list of classes");
    }
    if (length == 0 ||
        find_name(evaluation->classes, evaluation->class_count, copy) < evaluation->class_count) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--classes takes different names with commas between, such as "
                         "angry,happy,sad; %s stands there%s",
                         length ? copy : "an empty one", length ? " twice" : "");
    }
    if (find_name(evaluation->known, evaluation->known_count, copy) == evaluation->known_count) {
        return refuse_class(evaluation, copy, error);
    }
    evaluation->classes[evaluation->class_count++] = copy;
    return MIEN_OK;
}

static mien_status split_given(mien_evaluation *evaluation, const char *given, mien_error *error) {
    size_t most = 1;
    for (const char *at = given; *at; at++) {
        most += *at == ',';
    }
    evaluation->chosen = true;
    evaluation->classes = make_list(evaluation, most);
    if (!evaluation->classes) {
        return mien_fail_memory(error, "a list of classes");
    }
    mien_status status = MIEN_OK;
    for (const char *at = given; at && status == MIEN_OK;) {
        size_t length = strcspn(at, ",");
        status = add_given(evaluation, at, length, error);
        at = at[length] ? at + length + 1 : NULL;
    }
    if (status == MIEN_OK && evaluation->class_count < 2) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "--classes takes two names or more, such as angry,happy,sad");
    }
    return status;
}

/// A model that can be told nothing about by this data set leaves the others theirs.
static void refuse_strangers(mien_evaluation *evaluation) {
    for (size_t i = 0; i < evaluation->count; i++) {
        mien_evaluation_row *row = &evaluation->rows[i];
        size_t shared = 0;
        for (size_t k = 0; row->error.status == MIEN_OK && k < evaluation->known_count; k++) {
            shared += knows(row->guest, evaluation->known[k]);
        }
        if (row->error.status == MIEN_OK && shared < 2) {
            mien_fail(&row->error, MIEN_BAD_INPUT,
                      "knows %zu of the %zu classes of %s, which has %s%s; two are needed", shared,
                      evaluation->known_count, evaluation->dataset, evaluation->known[0],
                      evaluation->known_count > 1 ? " and others" : "");
        }
    }
}

/// Finds the classes in each model.
static mien_status place_classes(mien_evaluation *evaluation, mien_error *error) {
    for (size_t i = 0; i < evaluation->count; i++) {
        mien_evaluation_row *row = &evaluation->rows[i];
        if (row->error.status != MIEN_OK) {
            continue;
        }
        row->columns = calloc(evaluation->class_count, sizeof *row->columns);
        if (!row->columns) {
            return mien_fail_memory(error, "a list of classes");
        }
        for (size_t k = 0; k < evaluation->class_count && row->error.status == MIEN_OK; k++) {
            row->columns[k] = mien_guest_find_class(row->guest, evaluation->classes[k]);
            if (row->columns[k] == mien_guest_classes(row->guest)) {
                mien_fail(&row->error, MIEN_BAD_INPUT, "has no class \"%s\"",
                          evaluation->classes[k]);
            }
        }
    }
    return MIEN_OK;
}

static bool all_know(const mien_evaluation *evaluation, const char *name) {
    for (size_t i = 0; i < evaluation->count; i++) {
        const mien_evaluation_row *row = &evaluation->rows[i];
        if (row->error.status == MIEN_OK && !knows(row->guest, name)) {
            return false;
        }
    }
    return true;
}

static mien_status share_classes(mien_evaluation *evaluation, mien_error *error) {
    evaluation->classes = make_list(evaluation, evaluation->known_count);
    if (!evaluation->classes) {
        return mien_fail_memory(error, "a list of classes");
    }
    for (size_t i = 0; i < evaluation->known_count; i++) {
        if (all_know(evaluation, evaluation->known[i])) {
            evaluation->classes[evaluation->class_count++] = evaluation->known[i];
        }
    }
    if (evaluation->class_count < 2) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "the models have fewer than two of the classes of %s in common; evaluate "
                         "them one by one",
                         evaluation->dataset);
    }
    return place_classes(evaluation, error);
}

static mien_status count_crowd(mien_evaluation *evaluation, mien_error *error) {
    mien_votes *votes = NULL;
    mien_status status = mien_votes_read(evaluation->votes_path, &votes, error);
    if (status == MIEN_OK) {
        status = mien_crowd_count(votes, &evaluation->index, evaluation->classes,
                                  evaluation->class_count, &evaluation->crowd, error);
        mien_error_context(error, status, "%s", evaluation->votes_path);
    }
    mien_votes_free(votes);
    return status;
}

static mien_status choose_classes(mien_evaluation *evaluation, const char *given,
                                  mien_error *error) {
    if (!given) {
        refuse_strangers(evaluation);
        return mien_evaluation_scored(evaluation) ? share_classes(evaluation, error) : MIEN_OK;
    }
    mien_status status = split_given(evaluation, given, error);
    return status == MIEN_OK ? place_classes(evaluation, error) : status;
}

/// The index goes class by class, so that every part of it has its share.
static void thin_out(mien_evaluation *evaluation) {
    mien_index *index = &evaluation->index;
    const size_t all = index->count, kept = evaluation->limit;
    if (kept == 0 || kept >= all) {
        return;
    }
    for (size_t i = 0; i < kept; i++) {
        index->items[i] = index->items[(size_t)((double)i * (double)all / (double)kept)];
    }
    index->count = kept;
}

mien_status mien_evaluation_choose(mien_evaluation *evaluation, const char *given,
                                   mien_error *error) {
    mien_status status = choose_classes(evaluation, given, error);
    if (status != MIEN_OK || !mien_evaluation_scored(evaluation)) {
        return status;
    }
    status = mien_index_read(evaluation->folder, evaluation->classes, evaluation->class_count,
                             evaluation->manifest ? &evaluation->manifest->dataset.rename : NULL,
                             &evaluation->index, error);
    if (status == MIEN_OK) {
        thin_out(evaluation);
    }
    return status == MIEN_OK && evaluation->votes_path ? count_crowd(evaluation, error) : status;
}

// --- Rows ----------------------------------------------------------------------------------------

bool mien_evaluation_scored(const mien_evaluation *evaluation) {
    bool any = false;
    for (size_t i = 0; i < evaluation->count; i++) {
        any = any || evaluation->rows[i].error.status == MIEN_OK;
    }
    return any;
}

char *mien_evaluation_classes_text(const mien_evaluation *evaluation) {
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    for (size_t i = 0; file && i < evaluation->class_count; i++) {
        fprintf(file, "%s%s", i ? ";" : "", evaluation->classes[i]);
    }
    bool good = file && !ferror(file);
    if (file && fclose(file) == 0 && good) {
        return text;
    }
    free(text);
    return NULL;
}

void mien_evaluation_clear(mien_evaluation *evaluation) {
    for (size_t i = 0; i < evaluation->count; i++) {
        mien_evaluation_row *row = &evaluation->rows[i];
        mien_guest_free(row->guest);
        mien_digests_free(&row->fitted);
        mien_scores_free(row->scores);
        mien_scores_free(row->consensus);
        free(row->classes);
        mien_members_free(row->members);
        free(row->member_figures);
        free(row->faithful);
        free(row->columns);
        free(row->name);
    }
    free(evaluation->rows);
    free(evaluation->used);
    mien_crowd_clear(&evaluation->crowd);
    mien_index_free(&evaluation->index);
    free(evaluation->folder);
    mien_manifest_free(evaluation->manifest);
    mien_pool_free(evaluation->pool);
    *evaluation = (mien_evaluation){0};
}

size_t mien_evaluation_pictures(const mien_evaluation *evaluation) {
    return evaluation->index.count - evaluation->unreadable - evaluation->fitted_to;
}

double mien_evaluation_rate(const mien_evaluation_row *row) {
    return row->seconds > 0 ? (double)mien_scores_pictures(row->scores) / row->seconds
                            : (double)NAN;
}
