// SPDX-License-Identifier: Apache-2.0
/// @file
/// Gates for scripts: what must not be so of any model (`--fail-if 'accuracy < 0.85'`), and what
/// came of each.
#ifndef MIEN_HOST_CLI_GATES_H
#define MIEN_HOST_CLI_GATES_H

#include "host/cli/figures.h"

typedef enum mien_gate_relation {
    MIEN_GATE_LESS,
    MIEN_GATE_AT_MOST,
    MIEN_GATE_MORE,
    MIEN_GATE_AT_LEAST,
} mien_gate_relation;

/// A figure, a relation and a number: the model fails where they hold.
typedef struct mien_gate {
    const char *text; ///< as given; borrowed
    size_t figure;
    mien_figure_part part;
    mien_gate_relation relation;
    double limit;
} mien_gate;

/// Reads "accuracy < 0.85"; spaces may be left out. Errors: MIEN_INVALID_ARGUMENT (what is wrong,
/// and what would be right).
MIEN_MUST_CHECK mien_status mien_gate_parse(const char *text, mien_gate *gate, mien_error *error);

/// Whether a value runs into the gate. NAN does: what is not known has not passed. [any thread]
bool mien_gate_stops(const mien_gate *gate, double value);

/// One check of one model and its outcome. Texts are owned.
typedef struct mien_verdict {
    char *model, *check;
    char *problem; ///< what is wrong; NULL: passed
    bool failed;   ///< the model could not be asked; else it fell short
} mien_verdict;

/// Start with `= {0}`, end with mien_verdicts_clear().
typedef struct mien_verdicts {
    mien_verdict *items;
    size_t count;
} mien_verdicts;

/// Adds a verdict; `format` NULL: passed. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_verdicts_add(mien_verdicts *verdicts, const char *model,
                                              const char *check, bool failed, mien_error *error,
                                              const char *format, ...) MIEN_PRINTF(6, 7);

/// Adds one gate's verdict of what is called `model`; NAN: the figure is not known. Errors:
/// MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_gate_judge(const mien_gate *gate, double value, const char *model,
                                            mien_verdicts *verdicts, mien_error *error);

/// Adds a row's verdicts: that it has no error, and one a gate. Errors: MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_gates_judge(const mien_gate *gates, size_t count,
                                             const mien_evaluation_row *row,
                                             mien_verdicts *verdicts, mien_error *error);

/// Says on standard error what fell short, a line each; whether anything did. Models that could not
/// be asked are left out: their rows say it.
bool mien_verdicts_report(const mien_verdicts *verdicts, const char *command);

/// Writes them as a JUnit report: a suite a model, whose verdicts stand together, and a case a
/// check. Errors: mien_replace_file()'s, with the path.
MIEN_MUST_CHECK mien_status mien_verdicts_write_junit(const mien_verdicts *verdicts,
                                                      const char *command, const char *path,
                                                      mien_error *error);

void mien_verdicts_clear(mien_verdicts *verdicts);

#endif
