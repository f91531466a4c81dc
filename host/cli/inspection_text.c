// SPDX-License-Identifier: Apache-2.0
#include "host/cli/inspection.h"

#include "host/cli/text.h"
#include "host/cli/text_table.h"
#include "zoo/config.h"

#include <stdlib.h>
#include <string.h>

const char *mien_color_text(mien_color color) {
    return color == MIEN_RGB ? "rgb" : color == MIEN_BGR ? "bgr" : "gray";
}

const char *mien_resize_text(mien_resize resize) {
    return resize == MIEN_RESIZE_STRETCH ? "stretch"
           : resize == MIEN_RESIZE_CROP  ? "crop"
                                         : "letterbox";
}

const char *mien_inspection_value(const mien_inspection *inspection, size_t index) {
    const mien_config_key *key = mien_config_key_at(inspection->plugin, index);
    return inspection->config ? mien_config_value_text(inspection->config, key->name)
                              : key->default_text;
}

static void heading(FILE *file, const char *text) {
    bool colour = mien_terminal_colour(file);
    fprintf(file, "\n%s%s%s\n", colour ? mien_style_start(MIEN_STYLE_HEADING) : "", text,
            colour ? MIEN_STYLE_END : "");
}

static void line(FILE *file, const char *label, const char *text) {
    if (text && *text) {
        mien_text_print(file, "  %-10s %s\n", label, text);
    }
}

static void write_plugin(FILE *file, const mien_inspection *inspection) {
    const mien_plugin *plugin = inspection->plugin;
    mien_text_print(file, "  %-10s %s %s (%s, %s)\n", "plugin", plugin->name, plugin->version,
                    plugin->id, plugin->license);
    line(file, "", plugin->summary);
    line(file, "", inspection->plugin_path);
    line(file, "", plugin->build ? "" : "computes by itself: it declares no graph");
}

static void write_input(FILE *file, const mien_input_spec *input) {
    const char *times = mien_text_times();
    fprintf(file, "  %-10s %u%s%u%s%u %s, %s", "input", input->height, times, input->width, times,
            input->channels, mien_color_text(input->color), mien_resize_text(input->resize));
    if (input->resize == MIEN_RESIZE_CROP && input->crop_fraction > 0) {
        fprintf(file, " %.4g", (double)input->crop_fraction);
    }
    for (int which = 0; which < 2; which++) {
        const float *three = which == 0 ? input->mean : input->std;
        fprintf(file, which == 0 ? ", mean" : ", std");
        for (uint32_t i = 0; i < input->channels; i++) {
            fprintf(file, " %.4g", (double)three[i]);
        }
    }
    fputc('\n', file);
}

static void write_weights(FILE *file, const mien_inspection *inspection) {
    const mien_manifest_weights *weights = &inspection->manifest->model.weights;
    char bytes[MIEN_TEXT_NUMBER];
    if (!weights->file.text) {
        line(file, "weights",
             inspection->plugin->build ? "none: the model can be inspected but not run"
                                       : "none: the plugin is opened without");
        return;
    }
    if (inspection->weights_problem) {
        line(file, "weights", inspection->weights_problem);
    } else {
        mien_text_print(file, "  %-10s %s, %s\n", "weights", inspection->weights_path,
                        mien_text_bytes(inspection->weights_bytes, bytes));
    }
    if (weights->license.text || weights->source.text) {
        mien_text_print(file, "  %-10s %s%s%s\n", "",
                        weights->license.text ? weights->license.text : "",
                        weights->license.text && weights->source.text ? ", from " : "",
                        weights->source.text ? weights->source.text : "");
    }
}

static void write_classes(FILE *file, const mien_manifest_texts *classes) {
    fprintf(file, "  %-10s", "classes");
    for (size_t i = 0; i < classes->count; i++) {
        mien_text_print(file, "%s %s", i ? "," : "", classes->items[i].text);
    }
    fputc('\n', file);
}

static void write_manifest(FILE *file, const mien_inspection *inspection) {
    const mien_manifest *manifest = inspection->manifest;
    const mien_model_manifest *model = &manifest->model;
    char number[MIEN_TEXT_NUMBER];
    line(file, "manifest", manifest->path);
    line(file, "license", manifest->license.text);
    write_plugin(file, inspection);
    write_input(file, inspection->input);
    write_classes(file, &model->classes);
    write_weights(file, inspection);
    line(file, "explain", model->explain_layer.text);
    if (model->golden_count) {
        snprintf(number, sizeof number, "%zu golden samples", model->golden_count);
        line(file, "check", number);
    }
    line(file, "card", model->card.text);
}

static void range_text(const mien_config_key *key, char *text, size_t capacity) {
    text[0] = '\0';
    if (key->type == MIEN_CONFIG_TEXT) {
        for (size_t i = 0; key->choices && key->choices[i]; i++) {
            size_t used = strlen(text);
            snprintf(text + used, capacity - used, "%s%s", i ? ", " : "", key->choices[i]);
        }
    } else if (key->minimum != key->maximum) {
        snprintf(text, capacity, "%.6g to %.6g", key->minimum, key->maximum);
    }
}

static mien_status write_config(FILE *file, const mien_inspection *inspection, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "  KEY"}, {.title = "VALUE"}, {.title = "DEFAULT"},
        {.title = "TYPE"},  {.title = "RANGE"}, {.title = "MEANING", .shrinks = true}};
    if (inspection->plugin->config_key_count == 0) {
        return MIEN_OK;
    }
    heading(file, "Configuration");
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    if (!table) {
        return mien_fail_memory(error, "a table");
    }
    for (size_t i = 0; i < inspection->plugin->config_key_count; i++) {
        const mien_config_key *key = mien_config_key_at(inspection->plugin, i);
        const char *value = mien_inspection_value(inspection, i);
        char range[256];
        range_text(key, range, sizeof range);
        bool changed = strcmp(value, key->default_text) != 0;
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "  %s", key->name);
        mien_text_table_cell(table, changed ? MIEN_STYLE_STRONG : MIEN_STYLE_PLAIN, "%s", value);
        mien_text_table_cell(table, MIEN_STYLE_FAINT, "%s", key->default_text);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", mien_config_type_text(key->type));
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", range);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", key->help);
    }
    return mien_text_table_write_and_free(table, file, error);
}

static void add_layer(mien_text_table *table, uint32_t index, const mien_node_info *info) {
    char shape[MIEN_SHAPE_TEXT], count[MIEN_TEXT_NUMBER];
    mien_text_table_cell(table, MIEN_STYLE_FAINT, "%u", index);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", info->name);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", info->operator_name);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", mien_shape_format(&info->shape, shape));
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         info->cost.parameters ? mien_text_count(info->cost.parameters, count)
                                               : "");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         info->cost.multiply_adds ? mien_text_count(info->cost.multiply_adds, count)
                                                  : "");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", info->detail);
}

static mien_status write_layers(FILE *file, const mien_graph *graph, mien_error *error) {
    static const mien_text_column columns[] = {{.title = "#", .right = true},
                                               {.title = "LAYER"},
                                               {.title = "OPERATOR"},
                                               {.title = "OUTPUT"},
                                               {.title = "PARAMETERS", .right = true},
                                               {.title = "MULTIPLY-ADDS", .right = true},
                                               {.title = "DETAIL", .shrinks = true}};
    heading(file, "Layers");
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    if (!table) {
        return mien_fail_memory(error, "a table");
    }
    for (uint32_t i = 0; i < mien_graph_node_count(graph); i++) {
        mien_node_info info = {.size = sizeof info};
        mien_graph_node_info(graph, (mien_node)i, &info);
        add_layer(table, i, &info);
    }
    mien_status status = mien_text_table_write(table, file, error);
    mien_text_table_free(table);
    mien_cost cost = mien_graph_cost(graph);
    char parameters[MIEN_TEXT_NUMBER], products[MIEN_TEXT_NUMBER], bytes[MIEN_TEXT_NUMBER];
    fprintf(file, "\n%s parameters, %s multiply-adds and %s of activations a picture\n",
            mien_text_count(cost.parameters, parameters),
            mien_text_count(cost.multiply_adds, products),
            mien_text_bytes(cost.activation_bytes, bytes));
    return status;
}

static void add_step(mien_text_table *table, const mien_graph *graph, const mien_step_profile *step,
                     double total) {
    mien_node_info info = {.size = sizeof info};
    char bytes[MIEN_TEXT_NUMBER];
    mien_graph_node_info(graph, step->node, &info);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", info.name);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", info.operator_name);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", step->algorithm);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.3f", step->milliseconds);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.1f",
                         total > 0 ? 100 * step->milliseconds / total : 0);
    bool counts = step->multiply_adds && step->milliseconds > 0;
    char rate[MIEN_TEXT_NUMBER] = "";
    if (counts) {
        snprintf(rate, sizeof rate, "%.1f",
                 2e-6 * (double)step->multiply_adds / step->milliseconds);
    }
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", rate);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", mien_text_bytes(step->bytes, bytes));
}

static mien_status write_profile(FILE *file, const mien_inspection *inspection, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "LAYER"},
        {.title = "OPERATOR"},
        {.title = "ALGORITHM"},
        {.title = "MS", .right = true},
        {.title = "SHARE %", .right = true},
        {.title = "GFLOP/S", .right = true},
        {.title = "BYTES", .right = true},
    };
    const mien_profile *profile = inspection->profile;
    char packed[MIEN_TEXT_NUMBER], arena[MIEN_TEXT_NUMBER], title[128];
    snprintf(title, sizeof title, "Profile: batch %zu, %u thread%s", profile->batch,
             profile->threads, profile->threads == 1 ? "" : "s");
    heading(file, title);
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    if (!table) {
        return mien_fail_memory(error, "a table");
    }
    double total = 0;
    uint64_t products = 0;
    for (uint32_t i = 0; i < profile->count; i++) {
        total += profile->steps[i].milliseconds;
        products += profile->steps[i].multiply_adds;
    }
    for (uint32_t i = 0; i < profile->count; i++) {
        add_step(table, inspection->graph, &profile->steps[i], total);
    }
    mien_status status = mien_text_table_write(table, file, error);
    mien_text_table_free(table);
    fprintf(file, "\n%.3f ms the steps together; a whole run %.3f ms, %.1f GFLOP/s\n", total,
            profile->milliseconds, 2e-6 * (double)products / profile->milliseconds);
    fprintf(file, "%s of packed weights, %s of activations and workspaces\n",
            mien_text_bytes(profile->packed_bytes, packed),
            mien_text_bytes(profile->arena_bytes, arena));
    return status;
}

static void write_title(FILE *file, const mien_inspection *inspection) {
    const mien_manifest *manifest = inspection->manifest;
    const char *summary = manifest ? manifest->summary.text : NULL;
    bool colour = mien_terminal_colour(file);
    fputs(colour ? mien_style_start(MIEN_STYLE_STRONG) : "", file);
    mien_text_print(file, "%s", manifest ? manifest->name.text : inspection->plugin->name);
    fputs(colour ? MIEN_STYLE_END : "", file);
    fprintf(file, " (%s)\n", manifest ? mien_manifest_kind_text(manifest->kind) : "plugin");
    line(file, "summary", summary);
}

mien_status mien_inspection_write_text(const mien_inspection *inspection, FILE *file,
                                       mien_error *error) {
    write_title(file, inspection);
    if (!inspection->plugin) {
        line(file, "manifest", inspection->manifest->path);
        fputc('\n', file);
        return mien_manifest_describe(inspection->manifest, file, error);
    }
    if (inspection->manifest) {
        write_manifest(file, inspection);
    } else {
        write_plugin(file, inspection);
        write_input(file, inspection->input);
    }
    mien_status status = write_config(file, inspection, error);
    if (status == MIEN_OK && inspection->profile) {
        status = write_profile(file, inspection, error);
    } else if (status == MIEN_OK && inspection->graph) {
        status = write_layers(file, inspection->graph, error);
    }
    return status;
}
