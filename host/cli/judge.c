// SPDX-License-Identifier: Apache-2.0
#include "host/cli/judge.h"

#include "host/cli/baseline.h"
#include "zoo/replace.h"

#include <stdlib.h>

struct mien_judge {
    mien_criteria criteria;
    mien_baseline *baseline; ///< NULL: none
    const char *junit;       ///< NULL: none
};

// --- Criteria ------------------------------------------------------------------------------------

void mien_criteria_clear(mien_criteria *criteria) {
    free(criteria->gates);
    free(criteria->tolerances);
    *criteria = (mien_criteria){0};
}

static mien_status check_figure(const char *option, const char *text, size_t figure,
                                mien_figure_lack *lack, const void *context, mien_error *error) {
    const char *why = lack(&mien_named_figures[figure], context);
    return why ? mien_fail(error, MIEN_INVALID_ARGUMENT, "--%s '%s': this figure needs %s", option,
                           text, why)
               : MIEN_OK;
}

static mien_status read_gates(mien_criteria *criteria, const mien_text_list *given,
                              mien_figure_lack *lack, const void *context, mien_error *error) {
    criteria->gates = calloc(given->count + 1, sizeof *criteria->gates);
    mien_status status = criteria->gates ? MIEN_OK : mien_fail_memory(error, "gates");
    for (size_t i = 0; i < given->count && status == MIEN_OK; i++) {
        mien_gate *gate = &criteria->gates[criteria->gate_count++];
        status = mien_gate_parse(given->items[i], gate, error);
        if (status == MIEN_OK) {
            status = check_figure("fail-if", gate->text, gate->figure, lack, context, error);
        }
    }
    return status;
}

static mien_status read_tolerances(mien_criteria *criteria, const mien_text_list *given,
                                   mien_figure_lack *lack, const void *context, mien_error *error) {
    criteria->tolerances = calloc(given->count + 1, sizeof *criteria->tolerances);
    mien_status status = criteria->tolerances ? MIEN_OK : mien_fail_memory(error, "tolerances");
    for (size_t i = 0; i < given->count && status == MIEN_OK; i++) {
        mien_tolerance *each = &criteria->tolerances[criteria->tolerance_count++];
        status = mien_tolerance_parse(given->items[i], each, error);
        if (status == MIEN_OK) {
            status = check_figure("tolerance", each->text, each->figure, lack, context, error);
        }
    }
    return status;
}

mien_status mien_criteria_read(const mien_judge_options *options, mien_figure_lack *lack,
                               const void *context, mien_criteria *criteria, mien_error *error) {
    static const mien_tolerance no_drop = {.text = "accuracy", .figure = MIEN_FIGURE_ACCURACY};
    *criteria = (mien_criteria){.significant = options->significant};
    if (!options->baseline && (options->tolerances.count || options->significant)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "--tolerance and --significant go with --baseline");
    }
    mien_status status = read_gates(criteria, &options->fail_if, lack, context, error);
    if (status == MIEN_OK) {
        status = read_tolerances(criteria, &options->tolerances, lack, context, error);
    }
    if (status == MIEN_OK && options->baseline && criteria->tolerance_count == 0) {
        criteria->tolerances[criteria->tolerance_count++] = no_drop;
    }
    if (status == MIEN_OK && options->junit) {
        status = mien_replace_check(options->junit, error);
        status = mien_error_context(error, status, "%s", options->junit);
    }
    return status;
}

// --- The judge -----------------------------------------------------------------------------------

void mien_judge_free(mien_judge *judge) {
    if (judge) {
        mien_baseline_free(judge->baseline);
        mien_criteria_clear(&judge->criteria);
        free(judge);
    }
}

static const char *lacks(const mien_named_figure *figure, const void *context) {
    const mien_judge_grounds *grounds = context;
    return figure->needs_votes && !grounds->votes ? "--votes"
           : figure->needs_maps && !grounds->maps ? "'mien compare --faithfulness'"
                                                  : NULL;
}

mien_status mien_judge_create(const mien_judge_options *options, const mien_judge_grounds *grounds,
                              mien_judge **judge, mien_error *error) {
    mien_judge *made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "gates");
    }
    made->junit = options->junit;
    const mien_criteria *criteria = &made->criteria;
    mien_status status = mien_criteria_read(options, lacks, grounds, &made->criteria, error);
    if (status == MIEN_OK && options->baseline) {
        status =
            mien_baseline_read(options->baseline, criteria->tolerances, criteria->tolerance_count,
                               criteria->significant, &made->baseline, error);
    }
    if (status != MIEN_OK) {
        mien_judge_free(made);
        return status;
    }
    *judge = made;
    return MIEN_OK;
}

bool mien_judge_needs_costs(const mien_judge *judge) {
    const mien_criteria *criteria = &judge->criteria;
    bool needs = false;
    for (size_t i = 0; i < criteria->gate_count; i++) {
        needs = needs || mien_named_figures[criteria->gates[i].figure].needs_costs;
    }
    for (size_t i = 0; i < criteria->tolerance_count; i++) {
        needs = needs || mien_named_figures[criteria->tolerances[i].figure].needs_costs;
    }
    return needs;
}

static mien_status judge_row(const mien_judge *judge, const mien_evaluation *evaluation,
                             const mien_evaluation_row *row, mien_verdicts *verdicts,
                             mien_error *error) {
    const mien_criteria *criteria = &judge->criteria;
    mien_status status =
        mien_gates_judge(criteria->gates, criteria->gate_count, row, verdicts, error);
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
