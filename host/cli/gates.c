// SPDX-License-Identifier: Apache-2.0
#include "host/cli/gates.h"

#include "host/cli/exit_code.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char spaces[] = " \t";

// --- One gate ------------------------------------------------------------------------------------

/// Reads a relation; how many bytes it takes, 0 where there is none.
static size_t read_relation(const char *text, mien_gate_relation *relation) {
    if (*text != '<' && *text != '>') {
        return 0;
    }
    bool even = text[1] == '=';
    *relation = *text == '<' ? (even ? MIEN_GATE_AT_MOST : MIEN_GATE_LESS)
                             : (even ? MIEN_GATE_AT_LEAST : MIEN_GATE_MORE);
    return even ? 2 : 1;
}

static mien_status refuse(const char *text, const char *what, mien_error *error) {
    return mien_fail(error, MIEN_INVALID_ARGUMENT,
                     "--fail-if '%s': %s; it takes a figure, one of < <= > >=, and a number, such "
                     "as 'accuracy < 0.85'",
                     text, what);
}

mien_status mien_gate_parse(const char *text, mien_gate *gate, mien_error *error) {
    mien_gate read = {.text = text};
    const char *name = text + strspn(text, spaces);
    size_t length = strcspn(name, " \t<>=!");
    const char *at = name + length;
    at += strspn(at, spaces);
    if (length == 0) {
        return refuse(text, "no figure stands there", error);
    }
    size_t taken = read_relation(at, &read.relation);
    if (taken == 0) {
        return refuse(text, "no relation follows the figure", error);
    }
    char *end;
    at += taken + strspn(at + taken, spaces);
    errno = 0;
    read.limit = strtod(at, &end);
    if (end == at || end[strspn(end, spaces)] || errno || !isfinite(read.limit)) {
        return refuse(text, "no number ends it", error);
    }
    mien_status status = mien_named_figure_find(name, length, &read.figure, &read.part, error);
    if (status != MIEN_OK) {
        return mien_error_context(error, status, "--fail-if '%s'", text);
    }
    *gate = read;
    return MIEN_OK;
}

bool mien_gate_stops(const mien_gate *gate, double value) {
    switch (gate->relation) {
    case MIEN_GATE_LESS:
        return !(value >= gate->limit);
    case MIEN_GATE_AT_MOST:
        return !(value > gate->limit);
    case MIEN_GATE_MORE:
        return !(value <= gate->limit);
    case MIEN_GATE_AT_LEAST:
        break;
    }
    return !(value < gate->limit);
}

// --- Verdicts ------------------------------------------------------------------------------------

void mien_verdicts_clear(mien_verdicts *verdicts) {
    for (size_t i = 0; i < verdicts->count; i++) {
        free(verdicts->items[i].model);
        free(verdicts->items[i].check);
        free(verdicts->items[i].problem);
    }
    free(verdicts->items);
    *verdicts = (mien_verdicts){0};
}

mien_status mien_verdicts_add(mien_verdicts *verdicts, const char *model, const char *check,
                              bool failed, mien_error *error, const char *format, ...) {
    mien_verdict *items = reallocarray(verdicts->items, verdicts->count + 1, sizeof *items);
    if (!items) {
        return mien_fail_memory(error, "verdicts");
    }
    verdicts->items = items;
    mien_verdict *each = &items[verdicts->count++];
    *each = (mien_verdict){.model = strdup(model), .check = strdup(check), .failed = failed};
    bool complete = each->model && each->check;
    if (format) {
        va_list arguments;
        va_start(arguments, format);
        if (vasprintf(&each->problem, format, arguments) < 0) {
            each->problem = NULL;
            complete = false;
        }
        va_end(arguments);
    }
    return complete ? MIEN_OK : mien_fail_memory(error, "verdicts");
}

mien_status mien_gate_judge(const mien_gate *gate, double value, const char *model,
                            mien_verdicts *verdicts, mien_error *error) {
    const char *name = mien_named_figures[gate->figure].name;
    const char *end = gate->part == MIEN_PART_LOW    ? "'s lower end"
                      : gate->part == MIEN_PART_HIGH ? "'s upper end"
                                                     : "";
    if (!mien_gate_stops(gate, value)) {
        return mien_verdicts_add(verdicts, model, gate->text, false, error, NULL);
    }
    return isnan(value)
               ? mien_verdicts_add(verdicts, model, gate->text, false, error,
                                   "%s is not known, so '%s' cannot be ruled out", name, gate->text)
               : mien_verdicts_add(verdicts, model, gate->text, false, error,
                                   "%s%s is %.6g, so '%s' holds", name, end, value, gate->text);
}

mien_status mien_gates_judge(const mien_gate *gates, size_t count, const mien_evaluation_row *row,
                             mien_verdicts *verdicts, mien_error *error) {
    bool good = row->error.status == MIEN_OK;
    mien_status status = mien_verdicts_add(verdicts, row->name, "answers", !good, error,
                                           good ? NULL : "%s", row->error.message);
    for (size_t i = 0; i < count && good && status == MIEN_OK; i++) {
        const double value = mien_named_figure_value(row, gates[i].figure, gates[i].part);
        status = mien_gate_judge(&gates[i], value, row->name, verdicts, error);
    }
    return status;
}

bool mien_verdicts_report(const mien_verdicts *verdicts, const char *command) {
    bool any = false;
    for (size_t i = 0; i < verdicts->count; i++) {
        const mien_verdict *each = &verdicts->items[i];
        if (each->problem && !each->failed) {
            mien_complain(command, "%s: %s", each->model, each->problem);
            any = true;
        }
    }
    return any;
}
