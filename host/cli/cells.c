// SPDX-License-Identifier: Apache-2.0
#include "host/cli/cells.h"

#include <math.h>
#include <stdio.h>

enum { NUMBER_TEXT = 48 };

static const char *format_number(double value, bool percent, char text[NUMBER_TEXT]) {
    if (isnan(value)) {
        snprintf(text, NUMBER_TEXT, "-");
    } else {
        snprintf(text, NUMBER_TEXT, percent ? "%.2f" : "%.4f", percent ? 100 * value : value);
    }
    return text;
}

static const char *format_interval(mien_interval interval, bool percent, char text[NUMBER_TEXT]) {
    if (isnan(interval.low)) {
        snprintf(text, NUMBER_TEXT, "-");
    } else if (percent) {
        snprintf(text, NUMBER_TEXT, "%.1f to %.1f", 100 * interval.low, 100 * interval.high);
    } else {
        snprintf(text, NUMBER_TEXT, "%.3f to %.3f", interval.low, interval.high);
    }
    return text;
}

void mien_cell_number(mien_text_table *table, mien_style style, double value, bool percent) {
    char text[NUMBER_TEXT];
    mien_text_table_cell(table, style, "%s", format_number(value, percent, text));
}

void mien_cell_interval(mien_text_table *table, mien_interval interval, bool percent) {
    char text[NUMBER_TEXT];
    mien_text_table_cell(table, MIEN_STYLE_FAINT, "%s", format_interval(interval, percent, text));
}
