// SPDX-License-Identifier: Apache-2.0
#include "host/cli/judge.h"

#include "host/cli/baseline.h"
#include "host/cli/gates.h"

#include <stdlib.h>

struct mien_judge {
    mien_gate *gates;
    size_t gate_count;
    mien_tolerance *tolerances;
    size_t tolerance_count;
    mien_baseline *baseline; ///< NULL: none
    const char *junit;       ///< NULL: none
};

void mien_judge_free(mien_judge *judge) {
    if (judge) {
        mien_baseline_free(judge->baseline);
        free(judge->gates);
        free(judge->tolerances);
        free(judge);
    }
}

static mien_status read_gates(mien_judge *judge, const mien_text_list *given, bool votes,
                              mien_error *error) {
    judge->gates = calloc(given->count + 1, sizeof *judge->gates);
    mien_status status = judge->gates ? MIEN_OK : mien_fail_memory(error, "gates");
    for (size_t i = 0; i < given->count && status == MIEN_OK; i++) {
        mien_gate *gate = &judge->gates[judge->gate_count++];
        status = mien_gate_parse(given->items[i], gate, error);
        if (status == MIEN_OK && mien_named_figures[gate->figure].needs_votes && !votes) {
            status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                               "--fail-if '%s': this figure needs --votes", gate->text);
        }
    }
    return status;
}

static mien_status read_tolerances(mien_judge *judge, const mien_text_list *given, bool votes,
                                   mien_error *error) {
    judge->tolerances = calloc(given->count + 1, sizeof *judge->tolerances);
    mien_status status = judge->tolerances ? MIEN_OK : mien_fail_memory(error, "tolerances");
    for (size_t i = 0; i < given->count && status == MIEN_OK; i++) {
        mien_tolerance *each = &judge->tolerances[judge->tolerance_count++];
        status = mien_tolerance_parse(given->items[i], each, error);
        if (status == MIEN_OK && mien_named_figures[each->figure].needs_votes && !votes) {
            status = mien_fail(error, MIEN_INVALID_ARGUMENT,
                               "--tolerance '%s': this figure needs --votes", each->text);
        }
    }
    return status;
}

mien_status mien_judge_create(const mien_judge_options *options, bool votes, mien_judge **judge,
                              mien_error *error) {
    if (!options->baseline && (options->tolerances.count || options->significant)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--tolerance and --significant go with --baseline");
    }
    mien_judge *made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "gates");
    }
    made->junit = options->junit;
    mien_status status = read_gates(made, &options->fail_if, votes, error);
    if (status == MIEN_OK) {
        status = read_tolerances(made, &options->tolerances, votes, error);
    }
    if (status == MIEN_OK && options->baseline) {
        status = mien_baseline_read(options->baseline, made->tolerances, made->tolerance_count,
                                    options->significant, &made->baseline, error);
    }
    if (status != MIEN_OK) {
        mien_judge_free(made);
        return status;
    }
    *judge = made;
    return MIEN_OK;
}

bool mien_judge_needs_costs(const mien_judge *judge) {
    bool needs = false;
    for (size_t i = 0; i < judge->gate_count; i++) {
        needs = needs || mien_named_figures[judge->gates[i].figure].needs_costs;
    }
    for (size_t i = 0; i < judge->tolerance_count; i++) {
        needs = needs || mien_named_figures[judge->tolerances[i].figure].needs_costs;
    }
    return needs;
}

static mien_status judge_row(const mien_judge *judge, const mien_evaluation *evaluation,
                             const mien_evaluation_row *row, mien_verdicts *verdicts,
                             mien_error *error) {
    mien_status status = mien_gates_judge(judge->gates, judge->gate_count, row, verdicts, error);
    return status == MIEN_OK && judge->baseline && row->error.status == MIEN_OK
               ? mien_baseline_judge(judge->baseline, evaluation, row, verdicts, error)
               : status;
}

mien_status mien_judge_run(const mien_judge *judge, const mien_evaluation *evaluation, bool *passed,
                           mien_error *error) {
    mien_verdicts verdicts = {0};
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < evaluation->count && status == MIEN_OK; i++) {
        status = judge_row(judge, evaluation, &evaluation->rows[i], &verdicts, error);
    }
    if (status == MIEN_OK) {
        *passed = !mien_verdicts_report(&verdicts, evaluation->command);
    }
    if (status == MIEN_OK && judge->junit) {
        status = mien_verdicts_write_junit(&verdicts, evaluation->command, judge->junit, error);
    }
    mien_verdicts_clear(&verdicts);
    return status;
}
