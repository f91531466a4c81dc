// SPDX-License-Identifier: Apache-2.0
#include "host/cli/inspection.h"
#include "host/cli/json_output.h"
#include "zoo/config.h"

static void add_plugin(yyjson_mut_doc *document, yyjson_mut_val *root,
                       const mien_inspection *inspection) {
    const mien_plugin *plugin = inspection->plugin;
    yyjson_mut_val *object = yyjson_mut_obj_add_obj(document, root, "plugin");
    mien_json_add_text(document, object, "name", plugin->name);
    mien_json_add_text(document, object, "id", plugin->id);
    mien_json_add_text(document, object, "version", plugin->version);
    mien_json_add_text(document, object, "license", plugin->license);
    mien_json_add_text(document, object, "summary", plugin->summary);
    mien_json_add_text(document, object, "path", inspection->plugin_path);
    yyjson_mut_obj_add_bool(document, object, "graph", plugin->build != NULL);
    yyjson_mut_val *config = yyjson_mut_obj_add_arr(document, root, "config");
    for (size_t i = 0; i < plugin->config_key_count; i++) {
        const mien_config_key *key = mien_config_key_at(plugin, i);
        yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, config);
        mien_json_add_text(document, each, "key", key->name);
        mien_json_add_text(document, each, "value", mien_inspection_value(inspection, i));
        mien_json_add_text(document, each, "default", key->default_text);
        yyjson_mut_obj_add_str(document, each, "type", mien_config_type_text(key->type));
        if (key->minimum != key->maximum) {
            mien_json_add_number(document, each, "minimum", key->minimum, 15);
            mien_json_add_number(document, each, "maximum", key->maximum, 15);
        }
        yyjson_mut_val *choices =
            key->choices ? yyjson_mut_obj_add_arr(document, each, "choices") : NULL;
        for (size_t j = 0; choices && key->choices[j]; j++) {
            yyjson_mut_arr_append(choices, mien_json_text(document, key->choices[j]));
        }
        mien_json_add_text(document, each, "help", key->help);
    }
}

static void add_input(yyjson_mut_doc *document, yyjson_mut_val *root,
                      const mien_input_spec *input) {
    yyjson_mut_val *object = yyjson_mut_obj_add_obj(document, root, "input");
    yyjson_mut_obj_add_uint(document, object, "height", input->height);
    yyjson_mut_obj_add_uint(document, object, "width", input->width);
    yyjson_mut_obj_add_uint(document, object, "channels", input->channels);
    yyjson_mut_obj_add_str(document, object, "color", mien_color_text(input->color));
    yyjson_mut_obj_add_str(document, object, "resize", mien_resize_text(input->resize));
    if (input->resize == MIEN_RESIZE_CROP) {
        mien_json_add_number(document, object, "crop_fraction", (double)input->crop_fraction, 7);
    }
    yyjson_mut_val *mean = yyjson_mut_obj_add_arr(document, object, "mean");
    yyjson_mut_val *deviation = yyjson_mut_obj_add_arr(document, object, "std");
    for (uint32_t i = 0; i < input->channels; i++) {
        yyjson_mut_arr_append(mean, mien_json_number(document, (double)input->mean[i], 7));
        yyjson_mut_arr_append(deviation, mien_json_number(document, (double)input->std[i], 7));
    }
}

static void add_texts(yyjson_mut_doc *document, yyjson_mut_val *root, const char *key,
                      const mien_manifest_texts *texts) {
    yyjson_mut_val *array = yyjson_mut_obj_add_arr(document, root, key);
    for (size_t i = 0; i < texts->count; i++) {
        yyjson_mut_arr_append(array, mien_json_text(document, texts->items[i].text));
    }
}

static void add_model(yyjson_mut_doc *document, yyjson_mut_val *root,
                      const mien_inspection *inspection) {
    const mien_model_manifest *model = &inspection->manifest->model;
    add_texts(document, root, "classes", &model->classes);
    mien_json_add_text(document, root, "explain_layer", model->explain_layer.text);
    mien_json_add_text(document, root, "card", model->card.text);
    yyjson_mut_obj_add_uint(document, root, "golden_samples", model->golden_count);
    if (!model->weights.file.text) {
        yyjson_mut_obj_add_null(document, root, "weights");
        return;
    }
    yyjson_mut_val *weights = yyjson_mut_obj_add_obj(document, root, "weights");
    if (inspection->weights_problem) {
        mien_json_add_text(document, weights, "error", inspection->weights_problem);
    } else {
        mien_json_add_text(document, weights, "path", inspection->weights_path);
        yyjson_mut_obj_add_uint(document, weights, "bytes", inspection->weights_bytes);
    }
    mien_json_add_text(document, weights, "sha256", model->weights.sha256.text);
    mien_json_add_text(document, weights, "license", model->weights.license.text);
    mien_json_add_text(document, weights, "source", model->weights.source.text);
}

static void add_pairs(yyjson_mut_doc *document, yyjson_mut_val *root, const char *key,
                      const mien_manifest_pairs *pairs) {
    yyjson_mut_val *object = yyjson_mut_obj_add_obj(document, root, key);
    for (size_t i = 0; i < pairs->count; i++) {
        yyjson_mut_obj_add(object, mien_json_text(document, pairs->items[i].key.text),
                           mien_json_text(document, pairs->items[i].value.text));
    }
}

static void add_other_kind(yyjson_mut_doc *document, yyjson_mut_val *root,
                           const mien_manifest *manifest) {
    if (manifest->kind == MIEN_KIND_DATASET) {
        mien_json_add_text(document, root, "root", manifest->dataset.root.text);
        yyjson_mut_obj_add_str(document, root, "format", "folders");
        add_pairs(document, root, "splits", &manifest->dataset.splits);
        add_texts(document, root, "classes", &manifest->dataset.classes);
        add_pairs(document, root, "rename", &manifest->dataset.rename);
        return;
    }
    if (manifest->kind == MIEN_KIND_RECIPE) {
        mien_json_add_text(document, root, "plugin", manifest->recipe.model.plugin.text);
        add_texts(document, root, "classes", &manifest->recipe.model.classes);
        yyjson_mut_obj_add_uint(document, root, "epochs", manifest->recipe.train.epochs);
        return;
    }
    if (manifest->kind == MIEN_KIND_SWEEP) {
        yyjson_mut_obj_add_uint(document, root, "grids", manifest->sweep.grid_count);
        add_texts(document, root, "classes", &manifest->sweep.classes);
        return;
    }
    const mien_ensemble_manifest *ensemble = &manifest->ensemble;
    static const char *const rules[] = {[MIEN_ENSEMBLE_SOFT] = "soft",
                                        [MIEN_ENSEMBLE_HARD] = "hard",
                                        [MIEN_ENSEMBLE_STACK] = "stack"};
    yyjson_mut_obj_add_str(document, root, "rule", rules[ensemble->rule]);
    yyjson_mut_obj_add_uint(document, root, "golden_samples", ensemble->golden_count);
    yyjson_mut_val *members = yyjson_mut_obj_add_arr(document, root, "members");
    for (size_t i = 0; i < ensemble->member_count; i++) {
        yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, members);
        mien_json_add_text(document, each, "model", ensemble->members[i].model.text);
        mien_json_add_number(document, each, "weight", ensemble->members[i].weight, 15);
    }
}

static void add_manifest(yyjson_mut_doc *document, yyjson_mut_val *root,
                         const mien_inspection *inspection) {
    const mien_manifest *manifest = inspection->manifest;
    mien_json_add_text(document, root, "name", manifest->name.text);
    yyjson_mut_obj_add_str(document, root, "kind", mien_manifest_kind_text(manifest->kind));
    mien_json_add_text(document, root, "summary", manifest->summary.text);
    mien_json_add_text(document, root, "license", manifest->license.text);
    add_texts(document, root, "tags", &manifest->tags);
    mien_json_add_text(document, root, "manifest", manifest->path);
    if (manifest->kind == MIEN_KIND_MODEL) {
        add_model(document, root, inspection);
    } else {
        add_other_kind(document, root, manifest);
    }
}

static yyjson_mut_val *shape_of(yyjson_mut_doc *document, const mien_shape *shape) {
    yyjson_mut_val *array = yyjson_mut_arr(document);
    for (uint32_t i = 0; i < shape->rank; i++) {
        yyjson_mut_arr_add_uint(document, array, shape->dim[i]);
    }
    return array;
}

static void add_cost(yyjson_mut_doc *document, yyjson_mut_val *object, mien_cost cost) {
    yyjson_mut_obj_add_uint(document, object, "parameters", cost.parameters);
    yyjson_mut_obj_add_uint(document, object, "multiply_adds", cost.multiply_adds);
    yyjson_mut_obj_add_uint(document, object, "activation_bytes", cost.activation_bytes);
}

static void add_layers(yyjson_mut_doc *document, yyjson_mut_val *root, const mien_graph *graph) {
    yyjson_mut_val *layers = yyjson_mut_obj_add_arr(document, root, "layers");
    for (uint32_t i = 0; i < mien_graph_node_count(graph); i++) {
        mien_node_info info = {.size = sizeof info};
        mien_graph_node_info(graph, (mien_node)i, &info);
        yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, layers);
        mien_json_add_text(document, each, "name", info.name);
        mien_json_add_text(document, each, "operator", info.operator_name);
        yyjson_mut_val *inputs = yyjson_mut_obj_add_arr(document, each, "inputs");
        for (uint32_t j = 0; j < info.input_count; j++) {
            yyjson_mut_arr_add_int(document, inputs, info.inputs[j]);
        }
        yyjson_mut_obj_add_val(document, each, "output", shape_of(document, &info.shape));
        add_cost(document, each, info.cost);
        mien_json_add_text(document, each, "detail", info.detail);
    }
    yyjson_mut_val *total = yyjson_mut_obj_add_obj(document, root, "total");
    add_cost(document, total, mien_graph_cost(graph));
}

static void add_profile(yyjson_mut_doc *document, yyjson_mut_val *root,
                        const mien_inspection *inspection) {
    const mien_profile *profile = inspection->profile;
    yyjson_mut_val *object = yyjson_mut_obj_add_obj(document, root, "profile");
    yyjson_mut_obj_add_uint(document, object, "batch", profile->batch);
    yyjson_mut_obj_add_uint(document, object, "threads", profile->threads);
    mien_json_add_number(document, object, "run_ms", profile->milliseconds, 6);
    yyjson_mut_obj_add_uint(document, object, "packed_bytes", profile->packed_bytes);
    yyjson_mut_obj_add_uint(document, object, "arena_bytes", profile->arena_bytes);
    yyjson_mut_val *steps = yyjson_mut_obj_add_arr(document, object, "steps");
    for (uint32_t i = 0; i < profile->count; i++) {
        const mien_step_profile *step = &profile->steps[i];
        mien_node_info info = {.size = sizeof info};
        mien_graph_node_info(inspection->graph, step->node, &info);
        yyjson_mut_val *each = yyjson_mut_arr_add_obj(document, steps);
        mien_json_add_text(document, each, "layer", info.name);
        mien_json_add_text(document, each, "operator", info.operator_name);
        mien_json_add_text(document, each, "algorithm", step->algorithm);
        mien_json_add_number(document, each, "ms", step->milliseconds, 6);
        yyjson_mut_obj_add_uint(document, each, "multiply_adds", step->multiply_adds);
        yyjson_mut_obj_add_uint(document, each, "bytes", step->bytes);
    }
}

mien_status mien_inspection_write_json(const mien_inspection *inspection, FILE *file,
                                       mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, root);
    if (inspection->manifest) {
        add_manifest(document, root, inspection);
    }
    if (inspection->plugin) {
        add_plugin(document, root, inspection);
        add_input(document, root, inspection->input);
    }
    if (inspection->graph) {
        add_layers(document, root, inspection->graph);
    }
    if (inspection->profile) {
        add_profile(document, root, inspection);
    }
    mien_status status = mien_json_write(document, true, file, error);
    yyjson_mut_doc_free(document);
    return status;
}
