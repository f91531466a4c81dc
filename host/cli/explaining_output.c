// SPDX-License-Identifier: Apache-2.0
// Explanations as tables and as JSON.
#include "host/cli/explaining.h"
#include "host/cli/json_output.h"
#include "host/cli/text.h"
#include "host/cli/text_table.h"

static void add_text_row(mien_text_table *table, const mien_explaining_row *row) {
    const mien_explaining_model *each = row->model;
    const mien_explanation *map = &row->explanation;
    const char *why;
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", each->name);
    if (row->error.status != MIEN_OK) {
        mien_text_table_cell(table, MIEN_STYLE_BAD, "%s", row->error.message);
        mien_text_table_end_row(table);
        return;
    }
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s",
                         mien_answerer_class(each->answerer, map->class_index));
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.1f", 100 * map->probability);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.2f", (double)map->logit);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", each->method);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%u%s%u", map->height, mien_text_times(),
                         map->width);
    if (mien_explanation_visible(map, &why)) {
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.3g", (double)map->peak);
        mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.0f,%.0f", row->peak_x, row->peak_y);
    } else {
        mien_text_table_cell(table, MIEN_STYLE_BAD, "%s", why);
    }
    mien_text_table_end_row(table);
}

mien_status mien_explaining_write_text(const mien_explaining *explaining, const char *path,
                                       const mien_picture *picture, const mien_explaining_row *rows,
                                       mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "MODEL"},
        {.title = "CLASS"},
        {.title = "%", .right = true},
        {.title = "LOGIT", .right = true},
        {.title = "METHOD", .shrinks = true},
        {.title = "MAP", .right = true},
        {.title = "PEAK", .right = true},
        {.title = "AT", .right = true},
    };
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    if (!table) {
        return mien_fail_memory(error, "a table");
    }
    for (size_t i = 0; i < explaining->model_count; i++) {
        add_text_row(table, &rows[i]);
    }
    const mien_rectangle *crop = explaining->options.crop;
    const char *times = mien_text_times();
    mien_text_print(stdout, "%s, %u%s%u", path, picture->whole.width, times, picture->whole.height);
    if (crop) {
        printf(", the %u%s%u at %u,%u", crop->width, times, crop->height, crop->x, crop->y);
    }
    printf("\n\n");
    mien_status status = mien_text_table_write(table, stdout, error);
    mien_text_table_free(table);
    putchar('\n');
    return status;
}

/// What a map is made of: a model's layers, or an ensemble's members.
static void add_sources(yyjson_mut_doc *document, yyjson_mut_val *object,
                        const mien_explaining_model *each) {
    const mien_explainer *own = each->explainer.model;
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, object, own ? "layers" : "members");
    for (size_t i = 0; !own && i < mien_answerer_members(each->answerer); i++) {
        yyjson_mut_arr_append(
            array, mien_json_text(document, mien_answerer_member_name(each->answerer, i)));
    }
    for (size_t i = 0; own && i < mien_explainer_layer_count(own); i++) {
        const char *layer = mien_explainer_layer(own, i)->name;
        yyjson_mut_arr_append(array, mien_json_text(document, layer));
    }
}

static void add_map(yyjson_mut_doc *document, yyjson_mut_val *object,
                    const mien_explaining_row *row) {
    const mien_explanation *map = &row->explanation;
    const char *why;
    mien_explanation_visible(map, &why);
    yyjson_mut_val *shape = yyjson_mut_obj_add_arr(document, object, "map");
    yyjson_mut_arr_add_uint(document, shape, map->height);
    yyjson_mut_arr_add_uint(document, shape, map->width);
    mien_json_add_number(document, object, "peak", (double)map->peak, 6);
    yyjson_mut_val *at = yyjson_mut_obj_add_arr(document, object, "peak_at");
    yyjson_mut_arr_append(at, mien_json_number(document, row->peak_x, 6));
    yyjson_mut_arr_append(at, mien_json_number(document, row->peak_y, 6));
    mien_json_add_text(document, object, "trouble", why);
    if (row->map_file) {
        mien_json_add_text(document, object, "map_file", row->map_file);
        mien_json_add_text(document, object, "overlay_file", row->overlay_file);
    }
}

static mien_status write_json_row(const mien_explaining *explaining, const char *path,
                                  const mien_picture *picture, const mien_explaining_row *row,
                                  mien_error *error) {
    const mien_explanation *map = &row->explanation;
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_json_add_text(document, object, "picture", path);
    yyjson_mut_obj_add_uint(document, object, "width", picture->whole.width);
    yyjson_mut_obj_add_uint(document, object, "height", picture->whole.height);
    mien_json_add_rectangle(document, object, "crop", explaining->options.crop);
    mien_json_add_text(document, object, "model", row->model->name);
    mien_json_add_text(document, object, "method",
                       mien_explain_method_names[explaining->options.how.method]);
    if (row->error.status != MIEN_OK) {
        mien_json_add_text(document, object, "error", row->error.message);
    } else {
        add_sources(document, object, row->model);
        mien_json_add_text(document, object, "class",
                           mien_answerer_class(row->model->answerer, map->class_index));
        mien_json_add_number(document, object, "probability", map->probability, 6);
        mien_json_add_number(document, object, "logit", (double)map->logit, 7);
        add_map(document, object, row);
    }
    mien_status status = mien_json_write(document, false, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}

mien_status mien_explaining_write_json(const mien_explaining *explaining, const char *path,
                                       const mien_picture *picture, const mien_explaining_row *rows,
                                       mien_error *error) {
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < explaining->model_count && status == MIEN_OK; i++) {
        status = write_json_row(explaining, path, picture, &rows[i], error);
    }
    return status;
}

mien_status mien_explaining_write_problem(const mien_explaining *explaining, const char *path,
                                          const char *message, mien_error *error) {
    if (!explaining->options.json) {
        return MIEN_OK; // it was complained of
    }
    return mien_json_write_problem(path, message, error);
}

static mien_status list_as_json(const char *name, const mien_model *model, mien_error *error) {
    const mien_graph *graph = mien_model_graph(model);
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_json_add_text(document, object, "model", name);
    yyjson_mut_val *layers = yyjson_mut_obj_add_arr(document, object, "layers");
    for (uint32_t i = 0; i < mien_graph_node_count(graph); i++) {
        mien_explain_layer_info layer;
        if (mien_explain_layer_of(graph, (mien_node)i, &layer)) {
            yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, layers);
            mien_json_add_text(document, each, "layer", layer.name);
            mien_json_add_text(document, each, "operator", layer.operator_name);
            yyjson_mut_obj_add_uint(document, each, "height", layer.height);
            yyjson_mut_obj_add_uint(document, each, "width", layer.width);
            yyjson_mut_obj_add_uint(document, each, "channels", layer.channels);
            yyjson_mut_obj_add_bool(document, each, "default",
                                    (mien_node)i == mien_explain_default_layer(model));
        }
    }
    mien_status status = mien_json_write(document, false, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}

static mien_status list_as_table(const char *name, const mien_model *model, mien_error *error) {
    static const mien_text_column columns[] = {
        {.title = "LAYER"},
        {.title = "OPERATOR"},
        {.title = "MAP", .right = true},
        {.title = "CHANNELS", .right = true},
        {.title = ""},
    };
    const mien_graph *graph = mien_model_graph(model);
    mien_text_table *table = mien_text_table_create(columns, sizeof columns / sizeof *columns);
    if (!table) {
        return mien_fail_memory(error, "a table");
    }
    for (uint32_t i = 0; i < mien_graph_node_count(graph); i++) {
        mien_explain_layer_info layer;
        if (mien_explain_layer_of(graph, (mien_node)i, &layer)) {
            bool is_default = (mien_node)i == mien_explain_default_layer(model);
            mien_style style = is_default ? MIEN_STYLE_STRONG : MIEN_STYLE_PLAIN;
            mien_text_table_cell(table, style, "%s", layer.name);
            mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s", layer.operator_name);
            mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%u%s%u", layer.height, mien_text_times(),
                                 layer.width);
            mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%u", layer.channels);
            mien_text_table_cell(table, style, "%s", is_default ? "default" : "");
        }
    }
    mien_text_print(stdout, "%s\n\n", name);
    mien_status status = mien_text_table_write(table, stdout, error);
    mien_text_table_free(table);
    putchar('\n');
    return status;
}

mien_status mien_explaining_list_layers(const char *name, const mien_model *model, bool json,
                                        mien_error *error) {
    if (!mien_model_graph(model)) {
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "model %s has no graph, and so no layers; occlusion and rise need none",
                         mien_model_manifest_of(model)->name.text);
    }
    return json ? list_as_json(name, model, error) : list_as_table(name, model, error);
}
