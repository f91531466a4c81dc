// SPDX-License-Identifier: Apache-2.0
#include "zoo/weights/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED = 20 };

typedef enum misfit { MISSING, UNEXPECTED, MISSHAPEN, MISTYPED, FAULT_COUNT } misfit;

static const char *const fault_titles[FAULT_COUNT] = {
    [MISSING] = "missing",
    [UNEXPECTED] = "unexpected",
    [MISSHAPEN] = "of the wrong shape",
    [MISTYPED] = "of a type other than f32 and f16",
};

// One paragraph a fault. All four fit a message.
typedef struct misfit_report {
    struct {
        size_t count, listed, used;
        char text[1000];
    } faults[FAULT_COUNT];
} misfit_report;

static void MIEN_PRINTF(3, 4) add(misfit_report *report, misfit kind, const char *format, ...) {
    char entry[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(entry, sizeof entry, format, arguments);
    va_end(arguments);
    char *text = report->faults[kind].text;
    size_t used = report->faults[kind].used, capacity = sizeof report->faults[kind].text;
    report->faults[kind].count++;
    if (report->faults[kind].listed < LISTED && used + strlen(entry) + 2 < capacity) {
        used += (size_t)snprintf(text + used, capacity - used, "%s%s", used ? "; " : "", entry);
        report->faults[kind].used = used;
        report->faults[kind].listed++;
    }
}

static mien_status conclude(const misfit_report *report, mien_error *error) {
    char text[MIEN_ERROR_CAPACITY + 400];
    size_t used = 0;
    for (int i = 0; i < FAULT_COUNT; i++) {
        size_t count = report->faults[i].count, rest = count - report->faults[i].listed;
        if (count == 0) {
            continue;
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "\n  %zu %s: %s", count,
                                 fault_titles[i], report->faults[i].text);
        if (rest) {
            used += (size_t)snprintf(text + used, sizeof text - used, "; and %zu more", rest);
        }
    }
    if (used == 0) {
        return MIEN_OK;
    }
    return mien_fail(error, MIEN_BAD_INPUT, "the weights do not fit the network%s", text);
}

static void check_parameter(const mien_parameter *parameter, const mien_tensor *tensor,
                            misfit_report *report) {
    char needed[MIEN_SHAPE_TEXT], found[MIEN_SHAPE_TEXT];
    mien_shape_format(&parameter->shape, needed);
    if (!tensor) {
        add(report, MISSING, "%.200s %s", parameter->name, needed);
        return;
    }
    if (!mien_shape_equal(&tensor->shape, &parameter->shape)) {
        add(report, MISSHAPEN, "%.200s is %s, the network needs %s", parameter->name,
            mien_shape_format(&tensor->shape, found), needed);
    }
    if (tensor->dtype != MIEN_F32 && tensor->dtype != MIEN_F16) {
        add(report, MISTYPED, "%.200s is %s", parameter->name, mien_dtype_name(tensor->dtype));
    }
}

mien_status mien_weights_check(const mien_weights *weights, const mien_graph *graph,
                               mien_error *error) {
    mien_status status;
    misfit_report *report = calloc(1, sizeof *report);
    bool *used = calloc(weights->count + 1, sizeof *used);
    if (!report || !used) {
        status = mien_fail_memory(error, "a report on weights");
        goto done;
    }
    for (uint32_t i = 0; i < mien_graph_parameter_count(graph); i++) {
        mien_parameter parameter = mien_graph_parameter(graph, i);
        const mien_tensor *tensor = mien_weights_find(weights, parameter.name);
        check_parameter(&parameter, tensor, report);
        if (tensor) {
            const mien_named_tensor *entry =
                (const mien_named_tensor *)((const char *)tensor -
                                            offsetof(mien_named_tensor, tensor));
            used[entry - weights->tensors] = true;
        }
    }
    for (size_t i = 0; i < weights->count; i++) {
        if (!used[i]) {
            add(report, UNEXPECTED, "%.200s", weights->tensors[i].name);
        }
    }
    status = conclude(report, error);
done:
    free(used);
    free(report);
    return status;
}
