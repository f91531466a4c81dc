// SPDX-License-Identifier: Apache-2.0
#include "host/explain/asking.h"
#include "host/explain/cam.h"
#include "host/explain/grid.h"
#include "host/explain/rollout.h"
#include "host/explain/shuffle.h"
#include "host/probabilities.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const mien_explain_method_names[] = {
    "grad-cam", "grad-cam++", "hires-cam", "layer-cam", "eigen-cam",
    "rollout",  "occlusion",  "rise",      NULL,
};

struct mien_explainer {
    mien_model *model;
    mien_explain_options options;
    mien_session *session; ///< of methods that look at layers
    mien_context *context;
    bool lent; ///< session and context are the model's, which has no others
    mien_explain_layer_info *layers;
    size_t layer_count;
    mien_rollout rollout;
    uint32_t height, width; ///< of maps
    float *logits, *mirrored;
    bool is_signed; ///< the map at hand is to keep what is negative
};

bool mien_explain_asks_only(mien_explain_method method) {
    return method == MIEN_OCCLUSION || method == MIEN_RISE;
}

static bool needs_gradient(mien_explain_method method) {
    return method <= MIEN_LAYER_CAM;
}

static const char *name_of(const mien_model *model) {
    return mien_model_manifest_of(model)->name.text;
}

// --- Choosing layers -----------------------------------------------------------------------------

static const char more_layers[] = " and more, which `mien explain --layer list` shows";

/// The names of layers that have a map, cut where a message would get too long.
static void list_layers(const mien_graph *graph, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < mien_graph_node_count(graph); i++) {
        mien_explain_layer_info layer;
        if (!mien_explain_layer_of(graph, (mien_node)i, &layer)) {
            continue;
        }
        int wrote = snprintf(text + used, size - used, "%s%s", used ? ", " : "", layer.name);
        if (wrote < 0 || (size_t)wrote >= size - used) {
            strcpy(text + used, more_layers);
            return;
        }
        used += (size_t)wrote;
    }
}

static mien_status find_layer(const mien_model *model, const char *name,
                              mien_explain_layer_info *layer, mien_error *error) {
    const mien_graph *graph = mien_model_graph(model);
    mien_node node = name ? mien_graph_find(graph, name) : mien_explain_default_layer(model);
    if (node != MIEN_NO_NODE && mien_explain_layer_of(graph, node, layer)) {
        return MIEN_OK;
    }
    char known[3500];
    list_layers(graph, known, sizeof known - sizeof more_layers);
    if (!known[0]) {
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "model %s has no layer with a map; occlusion and rise need none",
                         name_of(model));
    }
    return mien_fail(error, MIEN_BAD_INPUT, "model %s: layer \"%.64s\" %s; these have maps: %s",
                     name_of(model), name ? name : "(the default)",
                     node == MIEN_NO_NODE ? "does not exist" : "has no map", known);
}

static mien_status choose_layers(mien_explainer *explainer, mien_error *error) {
    const mien_explain_options *options = &explainer->options;
    size_t count = options->layer_count ? options->layer_count : 1;
    explainer->layers = calloc(count, sizeof *explainer->layers);
    mien_status status = explainer->layers ? MIEN_OK : mien_fail_memory(error, "layers");
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        mien_explain_layer_info *layer = &explainer->layers[i];
        status = find_layer(explainer->model, options->layer_count ? options->layers[i] : NULL,
                            layer, error);
        if (status == MIEN_OK) {
            explainer->layer_count++;
            explainer->height =
                layer->height > explainer->height ? layer->height : explainer->height;
            explainer->width = layer->width > explainer->width ? layer->width : explainer->width;
        }
    }
    return status;
}

static mien_status choose_attention(mien_explainer *explainer, mien_error *error) {
    mien_status status =
        mien_rollout_find(mien_model_graph(explainer->model), &explainer->rollout, error);
    if (status == MIEN_OK && explainer->rollout.count == 0) {
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "model %s has no attention over a grid of tokens, which rollout follows; "
                         "grad-cam and the like, occlusion and rise work",
                         name_of(explainer->model));
    }
    explainer->height = explainer->rollout.grid.height;
    explainer->width = explainer->rollout.grid.width;
    return status;
}

// --- Making --------------------------------------------------------------------------------------

static mien_status plan(mien_explainer *explainer, const mien_weights *weights, mien_error *error) {
    bool rolls = explainer->options.method == MIEN_ROLLOUT;
    size_t count = rolls ? explainer->rollout.count : explainer->layer_count;
    mien_node *nodes = calloc(count, sizeof *nodes);
    if (!nodes) {
        return mien_fail_memory(error, "layers");
    }
    for (size_t i = 0; i < count; i++) {
        nodes[i] = rolls ? explainer->rollout.inputs[i] : explainer->layers[i].node;
    }
    mien_status status = mien_gradient_session_create(
        mien_model_graph(explainer->model), weights,
        MIEN_GRADIENT_OPTIONS(.layers = nodes, .layer_count = (uint32_t)count,
                              .activations_only = !needs_gradient(explainer->options.method)),
        &explainer->session, error);
    if (status == MIEN_OK) {
        status = mien_context_create(explainer->session, explainer->options.threads,
                                     &explainer->context, error);
    }
    free(nodes);
    return status;
}

static mien_status open_session(mien_explainer *explainer, mien_error *error) {
    mien_weights *weights = NULL;
    mien_shuffled_weights shuffled = {0};
    if (explainer->options.shuffled) {
        mien_status status =
            mien_shuffle_weights(explainer->model, explainer->options.shuffle, &shuffled, error);
        if (status == MIEN_OK) {
            status = plan(explainer, shuffled.weights, error);
        }
        mien_shuffled_weights_clear(&shuffled);
        return status;
    }
    mien_status status = mien_model_open_weights(explainer->model, &weights, error);
    if (status == MIEN_OK) {
        status = plan(explainer, weights, error);
    }
    if (status == MIEN_OK) {
        explainer->lent =
            mien_model_adopt(explainer->model, explainer->session, explainer->context);
    }
    mien_weights_close(weights);
    return status;
}

static mien_status prepare(mien_explainer *explainer, mien_error *error) {
    mien_model *model = explainer->model;
    const mien_input_spec *spec = mien_model_input(model);
    mien_explain_method method = explainer->options.method;
    explainer->logits = calloc(mien_model_classes(model), sizeof(float));
    explainer->mirrored =
        calloc((size_t)spec->height * spec->width, spec->channels * sizeof(float));
    if (!explainer->logits || !explainer->mirrored) {
        return mien_fail_memory(error, "an explanation");
    }
    if (mien_explain_asks_only(method)) {
        explainer->height = spec->height;
        explainer->width = spec->width;
        return MIEN_OK;
    }
    if (!mien_model_graph(model)) {
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "model %s has no graph to look into, as %s needs; occlusion and rise work",
                         name_of(model), mien_explain_method_names[method]);
    }
    mien_status status = method == MIEN_ROLLOUT ? choose_attention(explainer, error)
                                                : choose_layers(explainer, error);
    return status == MIEN_OK ? open_session(explainer, error) : status;
}

mien_status mien_explainer_create(mien_model *model, const mien_explain_options *options,
                                  mien_explainer **out, mien_error *error) {
    mien_explainer *explainer = calloc(1, sizeof *explainer);
    if (!explainer) {
        return mien_fail_memory(error, "an explanation");
    }
    explainer->model = model;
    explainer->options = *options;
    mien_status status = prepare(explainer, error);
    explainer->options.layers = NULL; // were the caller's
    if (status != MIEN_OK) {
        mien_explainer_free(explainer);
        return status;
    }
    *out = explainer;
    return MIEN_OK;
}

void mien_explainer_free(mien_explainer *explainer) {
    if (!explainer) {
        return;
    }
    if (!explainer->lent) {
        mien_context_free(explainer->context);
        mien_session_free(explainer->session);
    }
    mien_rollout_clear(&explainer->rollout);
    free(explainer->layers);
    free(explainer->logits);
    free(explainer->mirrored);
    free(explainer);
}

size_t mien_explainer_layer_count(const mien_explainer *explainer) {
    return explainer->layer_count;
}

const mien_explain_layer_info *mien_explainer_layer(const mien_explainer *explainer, size_t index) {
    return &explainer->layers[index];
}

// --- Explaining ----------------------------------------------------------------------------------

/// Of either sign.
static float largest(const float *values, size_t count) {
    float most = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmaxf(most, fabsf(values[i]));
    }
    return most;
}

static mien_status layer_map(const mien_explainer *explainer, size_t index, float *map,
                             mien_error *error) {
    const mien_explain_layer_info *layer = &explainer->layers[index];
    const float *gradient = mien_context_layer_gradient(explainer->context, (uint32_t)index);
    const mien_cam_input input = {
        .activation = mien_context_layer(explainer->context, (uint32_t)index) + layer->offset,
        .gradient = gradient ? gradient + layer->offset : NULL,
        .pixels = (size_t)layer->height * layer->width,
        .channels = layer->channels,
    };
    const mien_explain_options *options = &explainer->options;
    return explainer->is_signed
               ? mien_cam_signed(options->method, &input, options->principal, map, error)
               : mien_cam(options->method, &input, options->principal, map, error);
}

/// Several layers' maps are of quite different sizes: each is scaled to the mean of their peaks
/// before they are averaged. `map` is zero.
static mien_status mean_of_layers(const mien_explainer *explainer, float *map, mien_error *error) {
    size_t pixels = (size_t)explainer->height * explainer->width;
    size_t count = explainer->layer_count, numbers = 0;
    for (size_t i = 0; i < count; i++) {
        const mien_explain_layer_info *layer = &explainer->layers[i];
        size_t own = (size_t)layer->height * layer->width;
        numbers = own > numbers ? own : numbers;
    }
    float *own = calloc(numbers, sizeof *own), *enlarged = calloc(pixels, sizeof *enlarged);
    mien_status status = own && enlarged ? MIEN_OK : mien_fail_memory(error, "a map");
    double peaks = 0;
    for (size_t i = 0; i < count && status == MIEN_OK; i++) {
        const mien_explain_layer_info *layer = &explainer->layers[i];
        status = layer_map(explainer, i, own, error);
        float peak = largest(own, (size_t)layer->height * layer->width);
        mien_grid_resize(own, layer->height, layer->width, enlarged, explainer->height,
                         explainer->width);
        peaks += (double)peak;
        for (size_t p = 0; p < pixels; p++) {
            map[p] += peak > 0 ? enlarged[p] / peak : enlarged[p];
        }
    }
    for (size_t p = 0; p < pixels; p++) {
        map[p] *= (float)(peaks / (double)(count * count));
    }
    free(own);
    free(enlarged);
    return status;
}

static mien_status rollout_map(const mien_explainer *explainer, float *map, mien_error *error) {
    uint32_t count = explainer->rollout.count;
    const float **layers = (const float **)calloc(count, sizeof *layers);
    if (!layers) {
        return mien_fail_memory(error, "a map");
    }
    for (uint32_t i = 0; i < count; i++) {
        layers[i] = mien_context_layer(explainer->context, i);
    }
    mien_status status = mien_rollout_map(&explainer->rollout, layers, map, error);
    free((void *)layers);
    return status;
}

/// Runs the network, so that the logits and what the method reads are there.
static mien_status see(mien_explainer *explainer, const float *input, uint32_t class_index,
                       mien_error *error) {
    mien_explain_method method = explainer->options.method;
    mien_status status;
    if (mien_explain_asks_only(method)) {
        status = mien_model_run(explainer->model, input, 1, explainer->logits, error);
    } else if (needs_gradient(method)) {
        status = mien_context_gradient(explainer->context, input, 1, &class_index,
                                       explainer->logits, error);
    } else {
        status = mien_context_run(explainer->context, input, 1, explainer->logits, error);
    }
    for (size_t i = 0; status == MIEN_OK && i < mien_model_classes(explainer->model); i++) {
        if (!isfinite(explainer->logits[i])) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "model %s: the logit of class %s is %g; its weights do not suit it",
                             name_of(explainer->model), mien_model_class(explainer->model, i),
                             (double)explainer->logits[i]);
        }
    }
    return status;
}

/// The map of what was seen last; `class_index` is a class.
static mien_status make_map(mien_explainer *explainer, const float *input, uint32_t class_index,
                            float *map, mien_error *error) {
    const mien_explain_options *options = &explainer->options;
    float logit = explainer->logits[class_index];
    switch (options->method) {
    case MIEN_OCCLUSION:
        return mien_explain_occlude(explainer->model, options, input, class_index, logit, map,
                                    error);
    case MIEN_RISE:
        return mien_explain_rise(explainer->model, options, input, class_index, map, error);
    case MIEN_ROLLOUT:
        return rollout_map(explainer, map, error);
    default:
        return explainer->layer_count == 1 ? layer_map(explainer, 0, map, error)
                                           : mean_of_layers(explainer, map, error);
    }
}

/// The mirrored picture's map, mirrored back, is averaged into the first.
static mien_status add_mirror(mien_explainer *explainer, const float *input, uint32_t class_index,
                              float *map, mien_error *error) {
    const mien_input_spec *spec = mien_model_input(explainer->model);
    size_t pixels = (size_t)explainer->height * explainer->width;
    float *other = calloc(2 * pixels, sizeof *other);
    if (!other) {
        return mien_fail_memory(error, "a map");
    }
    mien_grid_mirror(input, spec->height, spec->width, spec->channels, explainer->mirrored);
    mien_status status = see(explainer, explainer->mirrored, class_index, error);
    if (status == MIEN_OK) {
        status = make_map(explainer, explainer->mirrored, class_index, other, error);
    }
    float *back = other + pixels;
    mien_grid_mirror(other, explainer->height, explainer->width, 1, back);
    for (size_t p = 0; p < pixels && status == MIEN_OK; p++) {
        map[p] = (map[p] + back[p]) / 2;
    }
    free(other);
    return status;
}

/// What the model says of the picture.
static mien_status note_answer(const mien_explainer *explainer, uint32_t class_index,
                               mien_explanation *explanation, mien_error *error) {
    size_t classes = mien_model_classes(explainer->model);
    double *probabilities = calloc(classes, sizeof *probabilities);
    if (!probabilities) {
        return mien_fail_memory(error, "an explanation");
    }
    mien_probabilities(explainer->logits, classes, probabilities);
    explanation->class_index = class_index == MIEN_PREDICTED_CLASS
                                   ? (uint32_t)mien_top_value(explainer->logits, classes)
                                   : class_index;
    explanation->logit = explainer->logits[explanation->class_index];
    explanation->probability = probabilities[explanation->class_index];
    free(probabilities);
    return MIEN_OK;
}

static mien_status explain(mien_explainer *explainer, const float *input, uint32_t class_index,
                           mien_explanation *made, mien_error *error) {
    mien_status status = see(explainer, input, class_index, error);
    if (status == MIEN_OK) {
        status = note_answer(explainer, class_index, made, error);
    }
    if (status == MIEN_OK) {
        status = make_map(explainer, input, made->class_index, made->values, error);
    }
    if (status == MIEN_OK && explainer->options.flips) {
        status = add_mirror(explainer, input, made->class_index, made->values, error);
    }
    return status;
}

static mien_status run(mien_explainer *explainer, const float *input, uint32_t class_index,
                       mien_explanation *explanation, mien_error *error) {
    if (class_index != MIEN_PREDICTED_CLASS &&
        class_index >= mien_model_classes(explainer->model)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "class %u of %zu; it must be below that",
                         class_index, mien_model_classes(explainer->model));
    }
    size_t pixels = (size_t)explainer->height * explainer->width;
    mien_explanation made = {.height = explainer->height,
                             .width = explainer->width,
                             .values = calloc(pixels, sizeof(float)),
                             .finite = true};
    mien_status status = made.values ? explain(explainer, input, class_index, &made, error)
                                     : mien_fail_memory(error, "a map");
    if (status != MIEN_OK) {
        mien_explanation_clear(&made);
        return status;
    }
    for (size_t p = 0; p < pixels; p++) {
        made.finite = made.finite && isfinite(made.values[p]);
    }
    made.peak = largest(made.values, pixels);
    *explanation = made;
    return MIEN_OK;
}

mien_status mien_explainer_run(mien_explainer *explainer, const float *input, uint32_t class_index,
                               mien_explanation *explanation, mien_error *error) {
    explainer->is_signed = false;
    return run(explainer, input, class_index, explanation, error);
}

mien_status mien_explainer_run_signed(mien_explainer *explainer, const float *input,
                                      uint32_t class_index, mien_explanation *explanation,
                                      mien_error *error) {
    explainer->is_signed = true;
    return run(explainer, input, class_index, explanation, error);
}

bool mien_explanation_visible(const mien_explanation *explanation, const char **why) {
    *why = !explanation->finite     ? "the map has values that are not numbers"
           : explanation->peak <= 0 ? "the map is empty: nothing here speaks for the class"
                                    : NULL;
    return !*why;
}

size_t mien_explanation_peak(const mien_explanation *explanation) {
    return mien_top_value(explanation->values, (size_t)explanation->height * explanation->width);
}

void mien_explanation_clear(mien_explanation *explanation) {
    free(explanation->values);
    *explanation = (mien_explanation){0};
}
