// SPDX-License-Identifier: Apache-2.0
#include "host/cli/change.h"

#include "host/statistics/fisher.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double level = 0.05;

// --- Tolerances ----------------------------------------------------------------------------------

static mien_status refuse(const char *text, mien_error *error) {
    return mien_fail(error, MIEN_INVALID_ARGUMENT,
                     "--tolerance '%s': it takes how much worse a figure may be, such as "
                     "accuracy=0.01 or p95_ms=20%%",
                     text);
}

mien_status mien_tolerance_parse(const char *text, mien_tolerance *tolerance, mien_error *error) {
    mien_tolerance read = {.text = text, .figure = MIEN_FIGURE_ACCURACY};
    const char *sign = strchr(text, '='), *number = sign ? sign + 1 : text;
    mien_figure_part part = MIEN_PART_VALUE;
    char *end;
    errno = 0;
    read.amount = strtod(number, &end);
    read.relative = *end == '%';
    if (end == number || end[read.relative] || errno || !(read.amount >= 0) || isinf(read.amount)) {
        return refuse(text, error);
    }
    read.amount /= read.relative ? 100 : 1;
    mien_status status =
        sign ? mien_named_figure_find(text, (size_t)(sign - text), &read.figure, &part, error)
             : MIEN_OK;
    if (status != MIEN_OK) {
        return mien_error_context(error, status, "--tolerance '%s'", text);
    }
    if (part != MIEN_PART_VALUE) {
        return refuse(text, error);
    }
    *tolerance = read;
    return MIEN_OK;
}

// --- Judging -------------------------------------------------------------------------------------

static uint32_t count_right(double accuracy, uint32_t pictures) {
    double right = round(accuracy * pictures);
    return right < 0 ? 0 : right > pictures ? pictures : (uint32_t)right;
}

/// Whether luck with the pictures does not explain that the figure is worse.
static bool is_significant(const mien_change *change, const mien_tolerance *tolerance) {
    const mien_named_figure *figure = &mien_named_figures[tolerance->figure];
    if (!figure->has_interval || isnan(change->now)) { // a figure that is gone is no matter of luck
        return true;
    }
    if (tolerance->figure == MIEN_FIGURE_ACCURACY) {
        return mien_fisher_drop(count_right(change->now, change->pictures_now),
                                change->pictures_now,
                                count_right(change->before, change->pictures_before),
                                change->pictures_before) < level;
    }
    return figure->larger_is_better ? change->interval_now.high < change->interval_before.low
                                    : change->interval_now.low > change->interval_before.high;
}

/// Tables keep seven digits, so that a figure may seem to have changed by a few of the last. Where
/// the baseline has no value, there is nothing to be worse than.
static bool is_worse(const mien_change *change, const mien_tolerance *tolerance) {
    if (isnan(change->before)) {
        return false;
    }
    double allowed = tolerance->amount;
    allowed *= tolerance->relative ? fabs(change->before) : 1;
    double loss = mien_named_figures[tolerance->figure].larger_is_better
                      ? change->before - change->now
                      : change->now - change->before;
    return !(loss <= allowed + 1e-6 * fabs(change->before));
}

mien_status mien_change_judge(const mien_change *change, const mien_tolerance *tolerance,
                              bool significant, const char *source, const char *model,
                              mien_verdicts *verdicts, mien_error *error) {
    const char *name = mien_named_figures[tolerance->figure].name;
    char check[128];
    snprintf(check, sizeof check, "baseline %s", name);
    bool worse = is_worse(change, tolerance) && (!significant || is_significant(change, tolerance));
    return worse ? mien_verdicts_add(verdicts, model, check, false, error,
                                     "%s is %.6g, and was %.6g in %s, worse by more than %g%s%s",
                                     name, change->now, change->before, source,
                                     tolerance->amount * (tolerance->relative ? 100 : 1),
                                     tolerance->relative ? " %" : "",
                                     significant ? " and by more than luck" : "")
                 : mien_verdicts_add(verdicts, model, check, false, error, NULL);
}
