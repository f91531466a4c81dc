// SPDX-License-Identifier: Apache-2.0
#include "host/cli/compare_faithful.h"

#include "host/cli/explain_measure.h"

#include <stdlib.h>
#include <string.h>

/// The rows that were scored, by the places of their figures.
typedef struct subjects {
    mien_selection names; ///< borrowed from the rows
    mien_faithful *figures;
    size_t *rows;
} subjects;

static mien_status choose_subjects(const mien_evaluation *evaluation, subjects *chosen,
                                   mien_error *error) {
    chosen->names.names = (char **)calloc(evaluation->count, sizeof *chosen->names.names);
    chosen->figures = calloc(evaluation->count, sizeof *chosen->figures);
    chosen->rows = calloc(evaluation->count, sizeof *chosen->rows);
    if (!chosen->names.names || !chosen->figures || !chosen->rows) {
        return mien_fail_memory(error, "measurements");
    }
    for (size_t i = 0; i < evaluation->count; i++) {
        const mien_evaluation_row *row = &evaluation->rows[i];
        if (row->error.status == MIEN_OK) {
            chosen->rows[chosen->names.count] = i;
            chosen->names.names[chosen->names.count++] = row->name;
        }
    }
    return MIEN_OK;
}

static void clear_subjects(subjects *chosen) {
    free((void *)chosen->names.names);
    free(chosen->figures);
    free(chosen->rows);
}

/// Gives every row that was scored its figures.
static mien_status hand_out(mien_evaluation *evaluation, const subjects *chosen,
                            mien_status *failure, mien_error *error) {
    for (size_t i = 0; i < chosen->names.count; i++) {
        mien_evaluation_row *row = &evaluation->rows[chosen->rows[i]];
        row->faithful = calloc(1, sizeof *row->faithful);
        if (!row->faithful) {
            return mien_fail_memory(error, "measurements");
        }
        *row->faithful = chosen->figures[i];
        *failure = *failure == MIEN_OK ? row->faithful->error.status : *failure;
    }
    return MIEN_OK;
}

// --- Apart ---------------------------------------------------------------------------------------

/// What the child is told, and then the text: names of models, then paths of pictures, each with a
/// NUL at its end.
typedef struct request {
    size_t models, pictures, sample, text_size;
} request;

/// What is to be measured in one process.
typedef struct errand {
    mien_registry *registry;
    const char *command;
    mien_selection names; ///< borrowed
    const char *const *paths;
    size_t path_count, sample;
} errand;

static mien_status measure(void *context, FILE *file, mien_error *error) {
    const errand *const given = context;
    // Pictures that went bad since they were scored are complained of; they are in no figure.
    size_t unusable = 0;
    mien_explaining explaining = {
        .options = {.how = {.method = MIEN_GRAD_CAM, .threads = mien_thread_count(0)},
                    .falls_back = true,
                    .asks = true}};
    mien_faithful *figures = calloc(given->names.count, sizeof *figures);
    mien_status status =
        figures ? mien_explaining_open(&explaining, given->registry, &given->names, error)
                : mien_fail_memory(error, "measurements");
    if (status == MIEN_OK) {
        status =
            mien_explain_take_measures(&explaining, given->command, given->paths, given->path_count,
                                       given->sample, figures, &unusable, error);
    }
    if (status == MIEN_OK) {
        fwrite(figures, sizeof *figures, given->names.count, file);
    }
    mien_explaining_close(&explaining);
    free(figures);
    return status;
}

/// Which model ended the process shows when each is measured by itself.
static mien_status measure_apart(const errand *given, mien_faithful *figures, mien_error *error) {
    mien_error problem = MIEN_ERROR_INIT;
    char *text = NULL;
    size_t size = 0;
    bool ended = false;
    mien_status status = mien_apart_run(measure, (void *)given, &text, &size, &ended, &problem);
    if (status == MIEN_OK && size == given->names.count * sizeof *figures) {
        memcpy(figures, text, size);
    } else if (status == MIEN_OK) {
        status = mien_fail(error, MIEN_INTERNAL, "measurements came back for other models");
    } else if (!ended) {
        *error = problem;
    } else if (given->names.count == 1) {
        mien_fail(&figures->error, MIEN_PLUGIN, "%.256s while its maps were measured",
                  problem.message);
        status = MIEN_OK;
    }
    free(text);
    for (size_t i = 0; ended && given->names.count > 1 && i < given->names.count; i++) {
        errand alone = *given;
        alone.names = (mien_selection){given->names.names + i, 1};
        status = measure_apart(&alone, figures + i, error);
        if (status != MIEN_OK) {
            break;
        }
    }
    return status;
}

/// The child. It loads nothing itself, so that it stays one thread, which others can be forked
/// from.
static void serve(void *context, int line) {
    request asked;
    errand given = *(const errand *)context;
    mien_error error = MIEN_ERROR_INIT;
    if (!mien_line_receive(line, &asked, sizeof asked)) {
        return;
    }
    char *const text = malloc(asked.text_size);
    const char **const words = (const char **)calloc(asked.models + asked.pictures, sizeof *words);
    mien_faithful *const figures = calloc(asked.models, sizeof *figures);
    if (!text || !words || !figures) {
        error.status = mien_fail_memory(&error, "measurements");
    } else if (mien_line_receive(line, text, asked.text_size) &&
               mien_line_split_texts(text, asked.text_size, words, asked.models + asked.pictures)) {
        given.names = (mien_selection){(char **)words, asked.models}; // not changed
        given.paths = words + asked.models;
        given.path_count = asked.pictures;
        given.sample = asked.sample;
        error.status = measure_apart(&given, figures, &error);
    } else {
        error.status = mien_fail(&error, MIEN_INTERNAL, "a request came cut off");
    }
    if (mien_line_send(line, &error, sizeof error) && error.status == MIEN_OK) {
        (void)mien_line_send(line, figures, asked.models * sizeof *figures);
    }
}

mien_status mien_compare_faithfulness_start(mien_registry *registry, const char *command,
                                            mien_apart **apart, mien_error *error) {
    errand given = {.registry = registry, .command = command};
    return mien_apart_start(serve, &given, apart, error);
}

/// free() it; NULL when memory is out.
static char *write_request(const mien_evaluation *evaluation, const subjects *chosen,
                           size_t *size) {
    char *text = NULL;
    FILE *const file = open_memstream(&text, size);
    for (size_t i = 0; file && i < chosen->names.count; i++) {
        mien_line_write_text(file, chosen->names.names[i]);
    }
    for (size_t i = 0; file && i < evaluation->used_count; i++) {
        mien_line_write_text(file, evaluation->index.items[evaluation->used[i]].path);
    }
    if (file && fclose(file) == 0) {
        return text;
    }
    free(text);
    return NULL;
}

static mien_status take(const mien_evaluation *evaluation, mien_apart *apart, size_t sample,
                        const subjects *chosen, mien_error *error) {
    request asked = {
        .models = chosen->names.count, .pictures = evaluation->used_count, .sample = sample};
    char *const text = write_request(evaluation, chosen, &asked.text_size);
    if (!text) {
        return mien_fail_memory(error, "a list of pictures");
    }
    mien_apart_send(apart, &asked, sizeof asked);
    mien_apart_send(apart, text, asked.text_size);
    free(text);
    mien_error problem = MIEN_ERROR_INIT;
    mien_apart_hand_on(apart);
    mien_status status = mien_apart_receive(apart, &problem, sizeof problem, error);
    if (status == MIEN_OK && problem.status != MIEN_OK) {
        *error = problem;
        return problem.status;
    }
    return status == MIEN_OK ? mien_apart_receive(apart, chosen->figures,
                                                  asked.models * sizeof *chosen->figures, error)
                             : status;
}

mien_status mien_compare_faithfulness(mien_evaluation *evaluation, mien_apart *apart, size_t sample,
                                      mien_status *failure, mien_error *error) {
    subjects chosen = {0};
    if (evaluation->used_count == 0) {
        return MIEN_OK;
    }
    mien_status status = choose_subjects(evaluation, &chosen, error);
    if (status == MIEN_OK && chosen.names.count) {
        status = take(evaluation, apart, sample, &chosen, error);
    }
    if (status == MIEN_OK) {
        status = hand_out(evaluation, &chosen, failure, error);
    }
    clear_subjects(&chosen);
    return status;
}

mien_status mien_compare_write_faithfulness(const mien_evaluation *evaluation, FILE *file,
                                            mien_error *error) {
    mien_text_table *table = mien_faithful_create_table();
    size_t count = 0;
    for (size_t i = 0; table && i < evaluation->count; i++) {
        const mien_evaluation_row *row = &evaluation->rows[i];
        if (row->faithful) {
            mien_faithful_add_rows(table, row->name, row->faithful);
            count++;
        }
    }
    if (table && count) {
        fputs("\nHow faithful maps are: deletion small, insertion and ROAD large, stable 1, sanity "
              "near 0; and a map\nthat only knows the centre\n",
              file);
    }
    mien_status status = !table  ? mien_fail_memory(error, "a table")
                         : count ? mien_text_table_write(table, file, error)
                                 : MIEN_OK;
    mien_text_table_free(table);
    return status;
}
