// SPDX-License-Identifier: Apache-2.0
#include "host/cli/compare_faithful.h"

#include "host/cli/explain_measure.h"

#include <stdlib.h>

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

/// Paths of the pictures that were scored; they belong to the index. NULL when memory is out.
static const char **list_paths(const mien_evaluation *evaluation) {
    const char **paths = (const char **)calloc(evaluation->used_count, sizeof *paths);
    for (size_t i = 0; paths && i < evaluation->used_count; i++) {
        paths[i] = evaluation->index.items[evaluation->used[i]].path;
    }
    return paths;
}

static mien_status take(const mien_evaluation *evaluation, mien_registry *registry, size_t sample,
                        const subjects *chosen, mien_error *error) {
    // Pictures that went bad since they were scored are complained of; they are in no figure.
    size_t unusable = 0;
    mien_explaining explaining = {
        .options = {.how = {.method = MIEN_GRAD_CAM, .threads = mien_thread_count(0)},
                    .falls_back = true,
                    .asks = true}};
    const char **paths = list_paths(evaluation);
    mien_status status = paths ? mien_explaining_open(&explaining, registry, &chosen->names, error)
                               : mien_fail_memory(error, "a list of pictures");
    if (status == MIEN_OK) {
        status = mien_explain_take_measures(&explaining, evaluation->command, paths,
                                            evaluation->used_count, sample, chosen->figures,
                                            &unusable, error);
    }
    mien_explaining_close(&explaining);
    free((void *)paths);
    return status;
}

mien_status mien_compare_faithfulness(mien_evaluation *evaluation, mien_registry *registry,
                                      size_t sample, mien_status *failure, mien_error *error) {
    subjects chosen = {0};
    if (evaluation->used_count == 0) {
        return MIEN_OK;
    }
    mien_status status = choose_subjects(evaluation, &chosen, error);
    if (status == MIEN_OK && chosen.names.count) {
        status = take(evaluation, registry, sample, &chosen, error);
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
