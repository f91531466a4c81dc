// SPDX-License-Identifier: Apache-2.0
// What `mien fit` prints.
#include "host/cli/cells.h"
#include "host/cli/fitting.h"
#include "host/cli/json_output.h"
#include "host/cli/text.h"

#include <math.h>

static const char *member_name(const mien_fitting *fitting, size_t member) {
    return mien_answerer_member_name(fitting->answerer, member);
}

// --- For people ----------------------------------------------------------------------------------

static void write_heading(const mien_fitting *fitting, FILE *file) {
    const mien_fitting_options *const options = fitting->options;
    mien_text_print(file, "%s%s%s: %zu pictures of %zu classes", fitting->dataset,
                    options->split ? ", " : "", options->split ? options->split : "",
                    fitting->sample.pictures, fitting->sample.classes);
    if (options->validation > 0) {
        fprintf(file, ", the %g that training with seed %lld validates with", options->validation,
                (long long)options->seed);
    }
    fputc('\n', file);
    if (fitting->unreadable) {
        fprintf(file, "%zu more could not be used\n", fitting->unreadable);
    }
}

static void add_three(mien_text_table *table, mien_style style, const double *figures) {
    mien_cell_number(table, style, figures[MIEN_FIGURE_LOG_LOSS], false);
    mien_cell_number(table, MIEN_STYLE_PLAIN, figures[MIEN_FIGURE_ACCURACY], true);
    mien_cell_number(table, MIEN_STYLE_PLAIN, figures[MIEN_FIGURE_CALIBRATION_ERROR], true);
}

static mien_status write_methods(const mien_fitting *fitting, FILE *file, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "METHOD"},
        {.title = "HELD OUT LOG LOSS", .right = true},
        {.title = "ACCURACY", .right = true},
        {.title = "ECE", .right = true},
        {.title = "FITTED LOG LOSS", .right = true},
        {.title = "ACCURACY", .right = true},
        {.title = "ECE", .right = true},
    };
    mien_text_table *const table =
        mien_text_table_create(columns, sizeof columns / sizeof *columns);
    if (table) {
        mien_text_table_cell(table, MIEN_STYLE_STRONG, "(as it is)");
        add_three(table, MIEN_STYLE_STRONG, fitting->before);
        mien_text_table_end_row(table);
    }
    for (int i = 0; table && i < MIEN_FIT_METHODS; i++) {
        const mien_fitting_row *const row = &fitting->rows[i];
        mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s%s", mien_fit_method_names[i],
                             i == fitting->options->method ? " *" : "");
        if (row->error.status != MIEN_OK) {
            mien_text_table_cell(table, MIEN_STYLE_BAD, "%s", row->error.message);
        } else {
            add_three(table, MIEN_STYLE_STRONG, row->held_out);
            add_three(table, MIEN_STYLE_PLAIN, row->figures);
        }
        mien_text_table_end_row(table);
    }
    return mien_text_table_write_and_free(table, file, error);
}

static mien_status write_members(const mien_fitting *fitting, FILE *file, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "MEMBER"},
        {.title = "LOG LOSS", .right = true},
        {.title = "ACCURACY", .right = true},
        {.title = "ECE", .right = true},
        {.title = "TEMPERATURE *", .right = true},
        {.title = "WEIGHT *", .right = true},
    };
    const mien_fitting_row *const row = &fitting->rows[fitting->options->method];
    mien_text_table *const table =
        mien_text_table_create(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; table && i < fitting->sample.members; i++) {
        mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", member_name(fitting, i));
        add_three(table, MIEN_STYLE_PLAIN, fitting->members[i]);
        if (row->error.status == MIEN_OK) {
            const bool stack = row->fit.how.rule == MIEN_ENSEMBLE_STACK;
            mien_cell_number(table, MIEN_STYLE_PLAIN, row->fit.how.temperatures[i], false);
            mien_cell_number(table, MIEN_STYLE_PLAIN, stack ? (double)NAN : row->fit.how.weights[i],
                             false);
        }
        mien_text_table_end_row(table);
    }
    return mien_text_table_write_and_free(table, file, error);
}

mien_status mien_fitting_write_text(const mien_fitting *fitting, const char *output, FILE *file,
                                    mien_error *error) {
    write_heading(fitting, file);
    fprintf(file,
            "held out: each picture by numbers fitted to the other four fifths; fitted: by numbers "
            "fitted to it as well, which flatters\n"
            "accuracy and calibration error in %%\n\n");
    mien_status status = write_methods(fitting, file, error);
    if (status == MIEN_OK) {
        fputc('\n', file);
        status = write_members(fitting, file, error);
    }
    fprintf(file, "\n* %s", mien_fit_method_names[fitting->options->method]);
    if (output) {
        mien_text_print(file, ", in %s", output);
    } else {
        fputs("; nothing was written, --output says where to", file);
    }
    fputc('\n', file);
    return status;
}

// --- For scripts ---------------------------------------------------------------------------------

enum { DIGITS = 7 };

/// "log_loss", "accuracy", "calibration_error".
static void add_figures(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                        const double *figures) {
    yyjson_mut_val *const part = yyjson_mut_obj_add_obj(document, object, key);
    mien_json_add_number(document, part, "log_loss", figures[MIEN_FIGURE_LOG_LOSS], DIGITS);
    mien_json_add_number(document, part, "accuracy", figures[MIEN_FIGURE_ACCURACY], DIGITS);
    mien_json_add_number(document, part, "calibration_error",
                         figures[MIEN_FIGURE_CALIBRATION_ERROR], DIGITS);
}

static void add_numbers(yyjson_mut_doc *document, yyjson_mut_val *object, const char *key,
                        const double *numbers, size_t count) {
    yyjson_mut_val *const array = yyjson_mut_obj_add_arr(document, object, key);
    for (size_t i = 0; i < count; i++) {
        yyjson_mut_arr_append(array, mien_json_number(document, numbers[i], DIGITS));
    }
}

static void add_method(yyjson_mut_doc *document, yyjson_mut_val *array, const mien_fitting *fitting,
                       size_t method) {
    const mien_fitting_row *const row = &fitting->rows[method];
    const mien_combination *const how = &row->fit.how;
    yyjson_mut_val *const object = yyjson_mut_arr_add_obj(document, array);
    mien_json_add_text(document, object, "method", mien_fit_method_names[method]);
    if (row->error.status != MIEN_OK) {
        mien_json_add_text(document, object, "error", row->error.message);
        return;
    }
    add_figures(document, object, "held_out", row->held_out);
    add_figures(document, object, "fitted", row->figures);
    add_numbers(document, object, "temperatures", how->temperatures, how->members);
    if (how->rule == MIEN_ENSEMBLE_STACK) {
        add_numbers(document, object, "intercept", how->intercepts, how->classes);
        add_numbers(document, object, "coefficients", how->coefficients,
                    how->members * how->classes * how->classes);
    } else {
        add_numbers(document, object, "weights", how->weights, how->members);
    }
}

static void add_subject(yyjson_mut_doc *document, yyjson_mut_val *object,
                        const mien_fitting *fitting) {
    const mien_fitting_options *const options = fitting->options;
    mien_json_add_text(document, object, "ensemble",
                       mien_answerer_manifest(fitting->answerer)->name.text);
    mien_json_add_text(document, object, "dataset", fitting->dataset);
    mien_json_add_text(document, object, "split", options->split);
    mien_json_add_number(document, object, "validation",
                         options->validation > 0 ? options->validation : 1, DIGITS);
    yyjson_mut_obj_add_int(document, object, "seed", options->seed);
    yyjson_mut_val *const classes = yyjson_mut_obj_add_arr(document, object, "classes");
    for (size_t i = 0; i < fitting->sample.classes; i++) {
        yyjson_mut_arr_append(classes,
                              mien_json_text(document, mien_answerer_class(fitting->answerer, i)));
    }
    yyjson_mut_obj_add_uint(document, object, "pictures", fitting->sample.pictures);
    yyjson_mut_obj_add_uint(document, object, "unreadable", fitting->unreadable);
}

mien_status mien_fitting_write_json(const mien_fitting *fitting, const char *output, FILE *file,
                                    mien_error *error) {
    yyjson_mut_doc *const document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *const object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    add_subject(document, object, fitting);
    add_figures(document, object, "before", fitting->before);
    yyjson_mut_val *const members = yyjson_mut_obj_add_arr(document, object, "members");
    for (size_t i = 0; i < fitting->sample.members; i++) {
        yyjson_mut_val *const each = yyjson_mut_arr_add_obj(document, members);
        mien_json_add_text(document, each, "model", member_name(fitting, i));
        add_figures(document, each, "alone", fitting->members[i]);
    }
    yyjson_mut_val *const methods = yyjson_mut_obj_add_arr(document, object, "methods");
    for (size_t i = 0; i < MIEN_FIT_METHODS; i++) {
        add_method(document, methods, fitting, i);
    }
    mien_json_add_text(document, object, "method", mien_fit_method_names[fitting->options->method]);
    mien_json_add_text(document, object, "output", output);
    mien_status status = mien_json_write(document, true, file, error);
    yyjson_mut_doc_free(document);
    return status;
}
