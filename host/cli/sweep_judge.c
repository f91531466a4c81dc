// SPDX-License-Identifier: Apache-2.0
// Gates and baseline of a sweep: the judgement of its cells.
#include "host/cli/sweep.h"

#include <string.h>
#include <sys/stat.h>

static const char *lacks(const mien_named_figure *figure, const void *context) {
    const mien_sweep_manifest *said = context;
    return figure->needs_votes                           ? "votes, which a sweep does not take"
           : figure->needs_maps                          ? "maps, which a sweep does not make"
           : figure->needs_costs && !(said->seconds > 0) ? "'seconds' in the sweep's manifest"
                                                         : NULL;
}

/// A cell would be held against itself.
static mien_status check_apart(const char *baseline, const char *results, mien_error *error) {
    struct stat left, right;
    return stat(baseline, &left) == 0 && stat(results, &right) == 0 &&
                   left.st_dev == right.st_dev && left.st_ino == right.st_ino
               ? mien_fail(error, MIEN_INVALID_ARGUMENT,
                           "--baseline %s: is where the results go; give them another file "
                           "(--results)",
                           baseline)
               : MIEN_OK;
}

mien_status mien_sweep_judge_begin(const mien_judge_options *options, const mien_manifest *manifest,
                                   const char *results, mien_sweep_judge *judge,
                                   mien_error *error) {
    *judge = (mien_sweep_judge){.junit = options->junit};
    mien_status status =
        mien_criteria_read(options, lacks, &manifest->sweep, &judge->criteria, error);
    if (status == MIEN_OK && options->baseline) {
        status = check_apart(options->baseline, results, error);
    }
    if (status == MIEN_OK && options->baseline) {
        status =
            mien_sweep_baseline_read(options->baseline, &judge->criteria, &judge->baseline, error);
    }
    return status;
}

void mien_sweep_judge_clear(mien_sweep_judge *judge) {
    mien_sweep_baseline_free(judge->baseline);
    mien_criteria_clear(&judge->criteria);
    *judge = (mien_sweep_judge){0};
}

static mien_status judge_cell(const mien_sweep_judge *judge, const mien_sweep_cell *cell,
                              mien_verdicts *verdicts, mien_error *error) {
    const mien_criteria *criteria = &judge->criteria;
    yyjson_val *const row = yyjson_doc_get_root(cell->row);
    char name[MIEN_SWEEP_TEXT];
    mien_sweep_text(cell, name);
    if (cell->state != MIEN_CELL_DONE) {
        const char *const why = yyjson_get_str(yyjson_obj_get(row, "error"));
        return mien_verdicts_add(verdicts, name, "answers", true, error, "%s",
                                 why ? why : "was not run");
    }
    mien_status status = mien_verdicts_add(verdicts, name, "answers", false, error, NULL);
    for (size_t i = 0; i < criteria->gate_count && status == MIEN_OK; i++) {
        const mien_gate *gate = &criteria->gates[i];
        status = mien_gate_judge(gate, mien_sweep_figure(row, gate->figure, gate->part), name,
                                 verdicts, error);
    }
    return status == MIEN_OK && judge->baseline
               ? mien_sweep_baseline_judge(judge->baseline, cell, name, verdicts, error)
               : status;
}

mien_status mien_sweep_judge_run(const mien_sweep_judge *judge, const mien_sweep *sweep,
                                 bool *passed, mien_error *error) {
    mien_verdicts verdicts = {0};
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < sweep->count && status == MIEN_OK; i++) {
        if (sweep->cells[i].chosen) {
            status = judge_cell(judge, &sweep->cells[i], &verdicts, error);
        }
    }
    if (status == MIEN_OK) {
        *passed = !mien_verdicts_report(&verdicts, "sweep");
    }
    if (status == MIEN_OK && judge->junit) {
        status = mien_verdicts_write_junit(&verdicts, "sweep", judge->junit, error);
    }
    mien_verdicts_clear(&verdicts);
    return status;
}
