// SPDX-License-Identifier: Apache-2.0
// What a recipe's network learns from.
#include "tools/train/core/loop/state.h"

#include "host/cli/progress.h"
#include "host/dataset.h"
#include "tools/train/core/loss.h"

#include <stdlib.h>
#include <string.h>

/// Where the pictures are: of a folder itself, of a dataset's manifest the split.
typedef struct source {
    char *folder;
    mien_manifest *manifest; ///< NULL: a folder was given
} source;

static mien_status locate_data(const mien_trainer *trainer, source *from, mien_error *error) {
    const mien_recipe_data *const data = &trainer->recipe->data;
    char *path = NULL;
    mien_status status = MIEN_OK;
    if (trainer->options.data) {
        path = strdup(trainer->options.data);
        status = path ? MIEN_OK : mien_fail_memory(error, "a path");
    } else if (data->dataset.text) {
        status = mien_manifest_resolve(trainer->manifest, data->dataset, &path, error);
    } else {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "%s names no data; give --data DIR, a folder with a folder of pictures "
                           "for each class",
                           trainer->manifest->path);
    }
    const char *const dot = status == MIEN_OK ? strrchr(path, '.') : NULL;
    if (status != MIEN_OK || !dot || strcmp(dot, ".yaml") != 0) {
        from->folder = path;
        return status;
    }
    status = mien_manifest_read(path, NULL, &from->manifest, error);
    if (status == MIEN_OK && from->manifest->kind != MIEN_KIND_DATASET) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: a %s; a dataset is needed here", path,
                           mien_manifest_kind_text(from->manifest->kind));
    }
    if (status == MIEN_OK) {
        const char *const split = data->split.text;
        const bool many = from->manifest->dataset.splits.count > 1;
        status = mien_dataset_folder(from->manifest, split || !many ? split : "train",
                                     &from->folder, error);
    }
    free(path);
    return status;
}

static mien_status locate_votes(const mien_trainer *trainer, char **votes, mien_error *error) {
    const mien_recipe_data *const data = &trainer->recipe->data;
    if (data->vote_weight == 0) {
        if (trainer->options.votes) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "--votes would play no part, for data.vote_weight is 0; say how much "
                             "they count, as in --set data.vote_weight=0.5");
        }
        if (data->votes.text) {
            mien_trainer_say("votes play no part, for data.vote_weight is 0");
        }
        return MIEN_OK;
    }
    if (trainer->options.votes) {
        *votes = strdup(trainer->options.votes);
        return *votes ? MIEN_OK : mien_fail_memory(error, "a path");
    }
    if (data->votes.text) {
        return mien_manifest_resolve(trainer->manifest, data->votes, votes, error);
    }
    return mien_fail(error, MIEN_INVALID_ARGUMENT,
                     "%s has a vote_weight, but names no votes; give --votes FILE",
                     trainer->manifest->path);
}

static void complain(void *context, const char *message) {
    mien_progress_clear(((mien_progress **)context)[0]);
    mien_trainer_say("%s", message);
}

static void show_progress(void *context, size_t done, size_t total) {
    mien_progress *const progress = ((mien_progress **)context)[0];
    progress->total = total;
    mien_progress_update(progress, done);
}

static bool is_cancelled(void *context) {
    const mien_trainer *const trainer = ((void **)context)[1];
    return trainer->options.cancelled && trainer->options.cancelled();
}

static mien_status read_dataset(mien_trainer *trainer, const source *from, const char *votes,
                                const mien_dataset_watcher *watcher, const char *const *classes,
                                mien_error *error) {
    const mien_recipe_data *const data = &trainer->recipe->data;
    const mien_dataset_options options = {
        .classes = classes,
        .class_count = trainer->classes,
        .rename = from->manifest ? &from->manifest->dataset.rename : NULL,
        .input = &trainer->declaration->input,
        .votes = votes,
        .vote_weight = votes ? data->vote_weight : 0,
        .unreadable_limit = data->unreadable_limit,
        .threads = trainer->options.threads,
    };
    return mien_dataset_read(from->folder, &options, watcher, &trainer->dataset, error);
}

static mien_status read_watched(mien_trainer *trainer, const source *from, const char *votes,
                                mien_error *error) {
    const char **const classes = mien_trainer_list_classes(trainer);
    if (!classes) {
        return mien_fail_memory(error, "the classes");
    }
    mien_progress progress;
    mien_progress_start(&progress, 0);
    void *context[] = {&progress, trainer};
    const mien_dataset_watcher watcher = {complain, show_progress, is_cancelled, context};
    mien_status status = read_dataset(trainer, from, votes, &watcher, classes, error);
    if (status == MIEN_OK) {
        status = mien_trainer_ask_teacher(trainer, &watcher, error);
    }
    mien_progress_clear(&progress);
    free(classes);
    return status;
}

static const uint64_t fnv_start = 0xcbf29ce484222325u, fnv_prime = 0x100000001b3u;

/// FNV-1a over the files' names and labels, so that a checkpoint knows its data.
static uint64_t fingerprint(const mien_dataset *dataset) {
    uint64_t hash = fnv_start;
    for (size_t i = 0; i < mien_dataset_count(dataset); i++) {
        const mien_example *const example = mien_dataset_at(dataset, i);
        const char *const slash = strrchr(example->path, '/');
        for (const char *c = slash ? slash : example->path; *c; c++) {
            hash = (hash ^ (uint8_t)*c) * fnv_prime;
        }
        hash = (hash ^ example->label) * fnv_prime;
    }
    return hash;
}

/// The same over what is to be learnt from them.
static uint64_t votes_fingerprint(const mien_dataset *dataset, size_t classes) {
    uint64_t hash = fnv_start;
    for (size_t i = 0; i < mien_dataset_count(dataset); i++) {
        const unsigned char *const bytes = (const void *)mien_dataset_at(dataset, i)->target;
        for (size_t at = 0; at < classes * sizeof(float); at++) {
            hash = (hash ^ bytes[at]) * fnv_prime;
        }
    }
    return hash;
}

static mien_status weigh_classes(mien_trainer *trainer, mien_error *error) {
    size_t *const counts = calloc(trainer->classes, sizeof *counts);
    trainer->class_weights = calloc(trainer->classes, sizeof *trainer->class_weights);
    if (!counts || !trainer->class_weights) {
        free(counts);
        return mien_fail_memory(error, "weights of classes");
    }
    for (size_t i = 0; i < trainer->training_count; i++) {
        counts[mien_dataset_at(trainer->dataset, trainer->training[i])->label]++;
    }
    mien_loss_balance(counts, trainer->classes, trainer->class_weights);
    free(counts);
    return MIEN_OK;
}

static void say_what_is_there(const mien_trainer *trainer, bool voted) {
    const size_t unreadable = mien_dataset_unreadable(trainer->dataset);
    char left_out[64] = "", votes[64] = "";
    if (unreadable > 0) {
        snprintf(left_out, sizeof left_out, "; %zu that cannot be read left out", unreadable);
    }
    if (voted) {
        snprintf(votes, sizeof votes, "; votes on %zu of them",
                 mien_dataset_voted(trainer->dataset));
    }
    mien_trainer_say("%zu pictures to learn from, %zu to validate with%s%s",
                     trainer->training_count, trainer->validation_count, votes, left_out);
}

mien_status mien_trainer_read_data(mien_trainer *trainer, mien_error *error) {
    const mien_recipe_data *const data = &trainer->recipe->data;
    source from = {0};
    char *votes = NULL;
    mien_status status = locate_data(trainer, &from, error);
    if (status == MIEN_OK) {
        status = locate_votes(trainer, &votes, error);
    }
    if (status == MIEN_OK) {
        status = read_watched(trainer, &from, votes, error);
    }
    const bool votes_given = votes != NULL;
    free(votes);
    free(from.folder);
    mien_manifest_free(from.manifest);
    if (status == MIEN_OK) {
        status = mien_dataset_split(trainer->dataset, data->validation, data->seed,
                                    &trainer->training, &trainer->training_count,
                                    &trainer->validation, &trainer->validation_count, error);
    }
    if (status == MIEN_OK && trainer->recipe->loss.class_weights == 1) {
        status = weigh_classes(trainer, error);
    }
    if (status == MIEN_OK) {
        trainer->fingerprint = fingerprint(trainer->dataset);
        trainer->votes = votes_fingerprint(trainer->dataset, trainer->classes);
        say_what_is_there(trainer, votes_given);
    }
    return status;
}
