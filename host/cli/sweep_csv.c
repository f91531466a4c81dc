// SPDX-License-Identifier: Apache-2.0
// `mien sweep --csv`: the chosen cells as a table. What is appended to is the file of results; the
// table is made of it, whole, so that a cell that runs again is one row all the same.
#include "host/cli/sweep.h"

#include "host/cli/csv_table.h"
#include "host/cli/figures.h"
#include "host/cli/shared.h"
#include "zoo/replace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char writer[] = "mien sweep --csv";

static bool is_column(size_t figure) {
    const mien_named_figure *const each = &mien_named_figures[figure];
    return !each->needs_votes && !each->needs_maps; // of which a sweep has neither
}

static void put_header(FILE *file) {
    fputs("model,dataset,split,classes,pictures,unreadable,flip,corruption,severity,seed,batch,"
          "threads,plan,limit,model_digest,data_digest,threads_used,latency_threads",
          file);
    for (size_t i = 0; i < mien_named_figure_count; i++) {
        const char *const name = mien_named_figures[i].name;
        if (is_column(i)) {
            fprintf(file, ",%s", name);
        }
        if (is_column(i) && mien_named_figures[i].has_interval) {
            fprintf(file, ",%s_low,%s_high", name, name);
        }
    }
    fputs(",cell,error\n", file);
}

static void put_text(FILE *file, const char *text) {
    fputc(',', file);
    mien_csv_put_text(file, text ? text : "");
}

static void put_count(FILE *file, yyjson_val *row, const char *name) {
    yyjson_val *const count = yyjson_obj_get(row, name);
    mien_csv_put_number(file, yyjson_is_num(count) ? yyjson_get_num(count) : (double)NAN);
}

static void put_settings(FILE *file, const mien_sweep *sweep, const mien_sweep_cell *cell,
                         yyjson_val *row) {
    const mien_sweep_manifest *const said = &sweep->manifest->sweep;
    mien_csv_put_text(file, cell->model);
    put_text(file, cell->dataset);
    put_text(file, said->split.text);
    put_text(file, yyjson_get_str(yyjson_obj_get(row, "classes")));
    put_count(file, row, "pictures");
    put_count(file, row, "unreadable");
    fprintf(file, ",%d,%s,%u,%u,%lld,%lld,%s", said->flip,
            mien_corruption_text(cell->corruption.kind), cell->corruption.severity,
            cell->corruption.seed, (long long)cell->batch, (long long)cell->threads,
            mien_plan_names[cell->plan]);
    fprintf(file, ",%u,%s,%s", said->limit, cell->model_digest, cell->data_digest);
    put_count(file, row, "threads_used");
    put_count(file, row, "latency_threads");
}

static void put_figures(FILE *file, yyjson_val *row) {
    for (size_t i = 0; i < mien_named_figure_count; i++) {
        const int parts = mien_named_figures[i].has_interval ? MIEN_PART_HIGH : MIEN_PART_VALUE;
        for (int part = 0; is_column(i) && part <= parts; part++) {
            mien_csv_put_number(file, mien_sweep_figure(row, i, (mien_figure_part)part));
        }
    }
}

static const char *problem_of(const mien_sweep_cell *cell, yyjson_val *row) {
    const char *const why = yyjson_get_str(yyjson_obj_get(row, "error"));
    return cell->state == MIEN_CELL_DONE ? "" : why ? why : "was not run";
}

static bool write_table(FILE *file, const void *content) {
    const mien_sweep *const sweep = content;
    put_header(file);
    for (size_t i = 0; i < sweep->count; i++) {
        const mien_sweep_cell *const cell = &sweep->cells[i];
        yyjson_val *const row = yyjson_doc_get_root(cell->row);
        if (cell->chosen) {
            put_settings(file, sweep, cell, row);
            put_figures(file, row);
            put_text(file, cell->id);
            put_text(file, problem_of(cell, row));
            fputc('\n', file);
        }
    }
    return !ferror(file);
}

mien_status mien_sweep_check_csv(const char *path, mien_error *error) {
    char *header = NULL;
    size_t length = 0;
    FILE *const file = open_memstream(&header, &length);
    if (file) {
        put_header(file);
    }
    mien_status status = file && fclose(file) == 0 ? mien_csv_check(path, header, writer, error)
                                                   : mien_fail_memory(error, "a table");
    free(header);
    if (status == MIEN_OK) {
        status = mien_replace_check(path, error);
        status = mien_error_context(error, status, "%s", path);
    }
    return status;
}

mien_status mien_sweep_write_csv(const mien_sweep *sweep, const char *path, mien_error *error) {
    mien_status status = mien_sweep_check_csv(path, error); // it may hold the results by now
    if (status != MIEN_OK) {
        return status;
    }
    status = mien_replace_file(path, write_table, sweep, error);
    return mien_error_context(error, status, "%s", path);
}
