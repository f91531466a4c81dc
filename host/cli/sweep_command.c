// SPDX-License-Identifier: Apache-2.0
// `mien sweep`: a grid of models, data, damage and settings, a cell at a time.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    mien_sweep_options how;
    mien_judge_options judge;
    const char *shard, *csv;
    mien_text_list cells;
    bool list, dry_run;
} values;

// --- Which cells ---------------------------------------------------------------------------------

static mien_status read_shard(const char *text, size_t *index, size_t *count, mien_error *error) {
    unsigned i = 0, n = 0;
    int end = 0;
    const bool digits = text[strspn(text, "0123456789/")] == '\0';
    if (!digits || sscanf(text, "%6u/%6u%n", &i, &n, &end) != 2 || text[end] || i < 1 || i > n) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--shard takes a part and how many there are, from 1/N to N/N, such as "
                         "2/8; not \"%.64s\"",
                         text);
    }
    *index = i;
    *count = n;
    return MIEN_OK;
}

static mien_status choose_given(const values *options, mien_sweep *sweep, mien_error *error) {
    for (size_t i = 0; i < options->cells.count; i++) {
        mien_sweep_cell *const cell = mien_sweep_find(sweep, options->cells.items[i]);
        if (!cell) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "%s: has no cell %.64s; --list shows those it has",
                             sweep->manifest->path, options->cells.items[i]);
        }
        cell->chosen = true;
    }
    return MIEN_OK;
}

/// Parts are runs of cells, for neighbours go over the same pictures.
static mien_status choose(const values *options, mien_sweep *sweep, mien_error *error) {
    size_t index = 1, count = 1;
    if (options->cells.count) {
        return choose_given(options, sweep, error);
    }
    mien_status status =
        options->shard ? read_shard(options->shard, &index, &count, error) : MIEN_OK;
    for (size_t i = 0; status == MIEN_OK && i < sweep->count; i++) {
        sweep->cells[i].chosen =
            i >= sweep->count * (index - 1) / count && i < sweep->count * index / count;
    }
    return status;
}

// --- What is printed -----------------------------------------------------------------------------

static void print_list(const mien_sweep *sweep) {
    static const char *const states[] = {"open", "failed", "done"};
    char text[MIEN_SWEEP_TEXT];
    for (size_t i = 0; i < sweep->count; i++) {
        const mien_sweep_cell *const cell = &sweep->cells[i];
        if (cell->chosen) {
            printf("%s\t%s\t%s\n", cell->id, states[cell->state], mien_sweep_text(cell, text));
        }
    }
}

static void print_counts(const mien_sweep *sweep, const char *results) {
    size_t counts[MIEN_CELL_DONE + 1] = {0}, all = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        all += sweep->cells[i].chosen;
        counts[sweep->cells[i].state] += sweep->cells[i].chosen;
    }
    printf("%zu cells; in %s: %zu done, %zu failed; %zu open\n", all, results,
           counts[MIEN_CELL_DONE], counts[MIEN_CELL_FAILED], counts[MIEN_CELL_OPEN]);
}

// --- All of it -----------------------------------------------------------------------------------

static int code_of(const mien_sweep *sweep, mien_status failed, bool passed) {
    bool good = passed, unreadable = false;
    for (size_t i = 0; i < sweep->count; i++) {
        const mien_sweep_cell *const cell = &sweep->cells[i];
        if (cell->chosen) {
            yyjson_val *const root = yyjson_doc_get_root(cell->row);
            good = good && cell->state == MIEN_CELL_DONE;
            unreadable = unreadable || yyjson_get_uint(yyjson_obj_get(root, "unreadable")) > 0;
        }
    }
    return failed != MIEN_OK ? mien_exit_code(failed)
           : unreadable      ? MIEN_EXIT_BAD_INPUT
           : good            ? MIEN_EXIT_DONE
                             : MIEN_EXIT_FAILED;
}

static mien_status work(values *options, mien_sweep *sweep, const mien_sweep_judge *judge,
                        int *code, mien_error *error) {
    const bool looking = options->list || options->dry_run;
    mien_status status = mien_sweep_read(sweep, options->how.results, !looking, error);
    if (status == MIEN_OK) {
        status = choose(options, sweep, error);
    }
    if (status != MIEN_OK || looking) {
        if (status == MIEN_OK && options->list) {
            print_list(sweep);
        } else if (status == MIEN_OK) {
            print_counts(sweep, options->how.results);
        }
        return status;
    }
    bool passed = true;
    mien_status failed = MIEN_OK;
    status = mien_sweep_run(sweep, &options->how, &failed, error);
    if (status == MIEN_OK && !options->how.json) {
        print_counts(sweep, options->how.results);
    }
    if (status == MIEN_OK && options->csv) {
        status = mien_sweep_write_csv(sweep, options->csv, error);
    }
    if (status == MIEN_OK) {
        status = mien_sweep_judge_run(judge, sweep, &passed, error);
    }
    *code = code_of(sweep, failed, passed);
    return status;
}

static mien_status check_kind(const mien_manifest *manifest, mien_error *error) {
    return manifest->kind == MIEN_KIND_SWEEP
               ? MIEN_OK
               : mien_fail(error, MIEN_BAD_INPUT,
                           "%s: is a manifest of kind %s; a sweep's is of kind sweep",
                           manifest->path, mien_manifest_kind_text(manifest->kind));
}

static mien_status sweep_all(const mien_arguments *arguments, mien_registry *registry, int *code,
                             mien_error *error) {
    values *options = arguments->values;
    mien_manifest *manifest = NULL;
    mien_sweep sweep = {0};
    mien_sweep_judge judge = {0};
    char *named = NULL;
    mien_status status = mien_registry_manifest(registry, arguments->operands[0], &manifest, error);
    if (status == MIEN_OK) {
        status = check_kind(manifest, error);
    }
    if (status == MIEN_OK && !options->how.results) {
        if (asprintf(&named, "%s.jsonl", manifest->name.text) < 0) {
            named = NULL;
            status = mien_fail_memory(error, "a path");
        }
        options->how.results = named;
    }
    if (status == MIEN_OK) {
        status =
            mien_sweep_judge_begin(&options->judge, manifest, options->how.results, &judge, error);
    }
    if (status == MIEN_OK && options->csv) {
        status = mien_sweep_check_csv(options->csv, error);
    }
    if (status == MIEN_OK) {
        status = mien_sweep_list(manifest, registry, arguments->operands + 1,
                                 arguments->operand_count - 1, &sweep, error);
    }
    if (status == MIEN_OK) {
        status = work(options, &sweep, &judge, code, error);
    }
    mien_sweep_clear(&sweep);
    mien_manifest_free(manifest);
    mien_sweep_judge_clear(&judge);
    free(named);
    return status;
}

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    int code = MIEN_EXIT_DONE;
    if (options->shard && options->cells.count) {
        mien_complain("sweep", "--shard and --cell both say which cells; give one of them");
        return MIEN_EXIT_USAGE;
    }
    if (options->csv && (options->list || options->dry_run)) {
        mien_complain("sweep", "--csv goes with neither --list nor --dry-run, which write nothing");
        return MIEN_EXIT_USAGE;
    }
    mien_interrupt_watch();
    mien_interrupt_watch_termination();
    mien_status status = mien_registry_create(NULL, &registry, &error);
    if (status == MIEN_OK) {
        status = sweep_all(arguments, registry, &code, &error);
    }
    mien_registry_free(registry);
    return status == MIEN_OK ? code : mien_exit_with("sweep", status, &error);
}

static const mien_option options[] = {
    MIEN_TEXT_OPTION(values, how.results, "results", 'o', "FILE.jsonl", MIEN_ARGUMENT_FILE,
                     "where rows are appended, and what is done is read from; NAME.jsonl after the "
                     "sweep's name unless given"),
    MIEN_TEXT_OPTION(values, shard, "shard", 0, "I/N", MIEN_ARGUMENT_OTHER,
                     "only the Ith of N parts of the cells, 1/N to N/N"),
    MIEN_LIST_OPTION(values, cells, "cell", 0, "ID", MIEN_ARGUMENT_OTHER, "only this cell"),
    MIEN_FLAG_OPTION(values, list, "list", 'l',
                     "print the cells, one a line: identity, open, failed or done, and what it is"),
    MIEN_FLAG_OPTION(values, dry_run, "dry-run", 'n', "only count what is done and what is open"),
    MIEN_FLAG_OPTION(values, how.retry, "retry", 0, "run cells that failed again"),
    MIEN_FLAG_OPTION(values, how.fail_fast, "fail-fast", 0, "stop after a cell that fails"),
    MIEN_TEXT_OPTION(values, csv, "csv", 0, "FILE.csv", MIEN_ARGUMENT_FILE,
                     "in the end write a table of the cells, a row each, those done before "
                     "included"),
    MIEN_FLAG_OPTION(values, how.json, "json", 0, "print the rows that are appended"),
    MIEN_JUDGE_OPTIONS(values, "cell", "FILE.jsonl", "these results of an earlier sweep"),
};

static const mien_example examples[] = {
    {"mien sweep manifests/sweeps/robustness.yaml fer2013/test",
     "Every cell that robustness.jsonl does not have yet"},
    {"mien sweep --shard 2/8 -o part2.jsonl manifests/sweeps/robustness.yaml fer2013/test",
     "The second of eight machines' part"},
    {"mien sweep --baseline before.jsonl --significant manifests/sweeps/robustness.yaml "
     "fer2013/test",
     "Whether a cell is worse than it was, and luck does not explain it"},
    {"mien sweep --list manifests/sweeps/robustness.yaml fer2013/test", "What there is to do"},
};

const mien_command mien_sweep_command = {
    .name = "sweep",
    .summary = "Measure models over a grid of data, damage and settings, to be resumed",
    .operands = "SWEEP [DATASET]...",
    .fewest = 1,
    .most = SIZE_MAX,
    .operand_kind = MIEN_ARGUMENT_FILE,
    .description =
        "SWEEP is a manifest of kind sweep, by name or path. Every combination in its grids is a "
        "cell, measured as "
        "'mien evaluate' does, and one row of JSON in the file of results. DATASETs are folders or "
        "manifests for grids that name none.\n\nA cell is known by a digest of all that goes into "
        "it, so that a sweep that was stopped, however hard, goes on where it was, and files from "
        "several machines are put together by cat. A cell that fails is a row with its error, and "
        "is not run again without --retry.\n\nThe exit status is that of the first cell that "
        "failed, 3 where pictures could not be used, 1 where a cell had failed before, a gate "
        "stops one, or it does worse than in the baseline.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
