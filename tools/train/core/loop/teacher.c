// SPDX-License-Identifier: Apache-2.0
// The recipe's teacher: found before the pictures, asked after them.
#include "tools/train/core/loop/state.h"

#include "tools/train/core/loop/file.h"

#include <stdlib.h>
#include <string.h>

const char **mien_trainer_list_classes(const mien_trainer *trainer) {
    const char **const classes = calloc(trainer->classes, sizeof *classes);
    for (size_t i = 0; classes && i < trainer->classes; i++) {
        classes[i] = trainer->recipe->model.classes.items[i].text;
    }
    return classes;
}

/// A teacher is named; a file of one is given as seen from the recipe.
static mien_status find(const mien_trainer *trainer, char **name, mien_error *error) {
    const mien_manifest_text teacher = trainer->recipe->distill.teacher;
    if (mien_manifest_is_path(teacher.text)) {
        return mien_manifest_resolve(trainer->manifest, teacher, name, error);
    }
    *name = strdup(teacher.text);
    return *name ? MIEN_OK : mien_fail_memory(error, "a teacher's name");
}

static mien_status load(mien_trainer *trainer, const char *name, mien_error *error) {
    const mien_recipe_distill *const distill = &trainer->recipe->distill;
    const char **const classes = mien_trainer_list_classes(trainer);
    if (!classes) {
        return mien_fail_memory(error, "the classes");
    }
    const mien_distill_options options = {
        .registry = trainer->options.registry,
        .teacher = name,
        .classes = classes,
        .class_count = trainer->classes,
        .temperature = distill->temperature,
        .threads = trainer->options.threads,
    };
    const mien_status status = mien_teacher_load(&options, &trainer->asked, error);
    free(classes);
    return mien_manifest_locate(trainer->manifest, distill->teacher.at, status, error);
}

mien_status mien_trainer_find_teacher(mien_trainer *trainer, mien_error *error) {
    const mien_recipe_distill *const distill = &trainer->recipe->distill;
    char *name = NULL;
    if (!distill->teacher.text || distill->weight == 0) {
        return MIEN_OK;
    }
    mien_status status = find(trainer, &name, error);
    if (status == MIEN_OK) {
        status = load(trainer, name, error);
    }
    free(name);
    return status;
}

/// Where teachers' answers are kept for other runs: free() it. Where it cannot be made, whoever
/// writes there says so.
static char *cache_folder(const mien_trainer *trainer) {
    const char *const cache = getenv("XDG_CACHE_HOME"), *const home = getenv("HOME");
    char *folder = NULL;
    int length;
    if (cache && *cache) {
        length = asprintf(&folder, "%s/mien/teachers", cache);
    } else if (home && *home) {
        length = asprintf(&folder, "%s/.cache/mien/teachers", home);
    } else {
        const char *const output = trainer->options.output;
        length = asprintf(&folder, "%s", output ? output : ".");
    }
    if (length < 0) {
        return NULL;
    }
    mien_error ignored = MIEN_ERROR_INIT;
    const mien_status made = mien_folder_make(folder, &ignored);
    (void)made;
    return folder;
}

static mien_status ask(mien_trainer *trainer, const mien_dataset_watcher *watcher,
                       mien_error *error) {
    char *const cache = cache_folder(trainer);
    const mien_status status = cache ? mien_distill(trainer->asked, trainer->dataset, cache,
                                                    watcher, &trainer->teacher, error)
                                     : mien_fail_memory(error, "a folder's name");
    free(cache);
    return status;
}

mien_status mien_trainer_ask_teacher(mien_trainer *trainer, const mien_dataset_watcher *watcher,
                                     mien_error *error) {
    mien_processes *const processes = trainer->options.processes;
    const bool first = mien_processes_rank(processes) == 0;
    if (!trainer->asked) {
        return MIEN_OK;
    }
    mien_status status = first ? ask(trainer, watcher, error) : MIEN_OK;
    status = mien_processes_agree(processes, status, error);
    if (status == MIEN_OK && !first) {
        status = ask(trainer, watcher, error);
    }
    mien_teacher_free(trainer->asked);
    trainer->asked = NULL;
    return status;
}
