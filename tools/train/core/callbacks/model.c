// SPDX-License-Identifier: Apache-2.0
// Keeps the best epoch: NAME.safetensors in half precision, and the manifest NAME.yaml beside it.
//
// The manifest has the weights' digest, so the two must change at once, which two files cannot. The
// new weights are written twice instead, NAME.new.safetensors first, and the manifest goes over to
// them before NAME.safetensors is touched, and then back: a run that is killed anywhere between
// leaves a manifest of weights that are there. Next to an epoch the second writing costs nothing.
#include "tools/train/core/loop/file.h"
#include "tools/train/core/loop/state.h"

#include "mien/weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const float half_largest = 65504;

/// Vectors (norms, biases) are few numbers of any size, so they stay as they are; what half
/// precision cannot hold stays, too.
static bool fits_half(const mien_network_parameter *parameter) {
    if (parameter->shape.rank < 2) {
        return false;
    }
    for (size_t i = 0; i < parameter->count; i++) {
        if (!(fabsf(parameter->value[i]) <= half_largest)) {
            return false;
        }
    }
    return true;
}

/// One parameter as a tensor; `halves` receives what is converted.
static mien_named_tensor tensor_of(const mien_network_parameter *parameter, uint16_t *halves) {
    mien_tensor tensor = {.dtype = MIEN_F32,
                          .shape = parameter->shape,
                          .data = parameter->value,
                          .bytes = parameter->count * sizeof *parameter->value};
    if (fits_half(parameter)) {
        mien_f32_to_f16(parameter->value, halves, parameter->count);
        tensor.dtype = MIEN_F16;
        tensor.data = halves;
        tensor.bytes = parameter->count * sizeof *halves;
    }
    return (mien_named_tensor){parameter->name, tensor};
}

static mien_status write_weights(const mien_trainer *trainer, const char *path, mien_error *error) {
    size_t count, values;
    const mien_network_parameter *const parameters =
        mien_network_parameters(trainer->network, &count);
    mien_network_values(trainer->network, &values);
    mien_named_tensor *const tensors = calloc(count + 1, sizeof *tensors);
    uint16_t *const halves = malloc((values + 1) * sizeof *halves);
    mien_status status = tensors && halves ? MIEN_OK : mien_fail_memory(error, "weights to write");
    if (status == MIEN_OK) {
        size_t used = 0;
        for (size_t i = 0; i < count; i++) {
            tensors[i] = tensor_of(&parameters[i], halves + used);
            used += parameters[i].count;
        }
        const char *const metadata[] = {"format", "pt", "recipe", trainer->manifest->name.text,
                                        NULL};
        status = mien_weights_write(path, tensors, count, metadata, error);
    }
    free(halves);
    free(tensors);
    return status;
}

/// The recipe's model as a manifest of its own, with these weights.
static mien_manifest model_of(const mien_trainer *trainer, const char *file, const char *digest,
                              const char *source) {
    mien_manifest model = *trainer->manifest;
    model.model = trainer->recipe->model;
    model.kind = MIEN_KIND_MODEL;
    model.model.weights.file.text = file;
    model.model.weights.sha256.text = digest;
    model.model.weights.license = model.license;
    model.model.weights.source.text = source;
    return model;
}

static mien_status write_text(const char *path, const mien_manifest *model, mien_error *error) {
    char *text = NULL;
    mien_status status = mien_manifest_describe_text(model, &text, error);
    if (status == MIEN_OK) {
        status = mien_file_replace(path, text, error);
    }
    free(text);
    return status;
}

static mien_status write_manifest(const mien_trainer *trainer, const mien_training_event *event,
                                  const char *weights, const char *path, mien_error *error) {
    char digest[MIEN_SHA256_HEX];
    mien_status status = mien_sha256_file(weights, digest, error);
    if (status != MIEN_OK) {
        return status;
    }
    char *source = NULL;
    if (asprintf(&source, "mien train, recipe %s, seed %u, epoch %u of %u",
                 trainer->manifest->name.text, trainer->recipe->train.seed, event->epoch,
                 event->epochs) < 0) {
        return mien_fail_memory(error, "a manifest");
    }
    const mien_manifest model = model_of(trainer, strrchr(weights, '/') + 1, digest, source);
    status = write_text(path, &model, error);
    free(source);
    return status;
}

/// Weights of the folder, and the manifest of them.
static mien_status write_pair(const mien_trainer *trainer, const mien_training_event *event,
                              const char *ending, mien_error *error) {
    char *const weights = mien_trainer_named_path(trainer, ending);
    char *const manifest = mien_trainer_named_path(trainer, ".yaml");
    mien_status status = weights && manifest ? MIEN_OK : mien_fail_memory(error, "a path");
    if (status == MIEN_OK) {
        mien_optimizer_swap_average(trainer->optimizer);
        status = write_weights(trainer, weights, error);
        mien_optimizer_swap_average(trainer->optimizer);
    }
    if (status == MIEN_OK) {
        status = write_manifest(trainer, event, weights, manifest, error);
    }
    free(manifest);
    free(weights);
    return status;
}

/// A run that goes on after a kill comes by here again, so nothing is left for long.
static mien_status remove_weights(const mien_trainer *trainer, const char *ending,
                                  mien_error *error) {
    char *const weights = mien_trainer_named_path(trainer, ending);
    if (!weights) {
        return mien_fail_memory(error, "a path");
    }
    unlink(weights);
    free(weights);
    return MIEN_OK;
}

static mien_status epoch(void *memory, mien_trainer *trainer, const mien_training_event *event,
                         bool *stop, mien_error *error) {
    (void)memory;
    (void)stop;
    if (!event->best) {
        return MIEN_OK;
    }
    mien_status status = write_pair(trainer, event, MIEN_NEW_WEIGHTS, error);
    if (status == MIEN_OK) {
        status = write_pair(trainer, event, ".safetensors", error);
    }
    return status == MIEN_OK ? remove_weights(trainer, MIEN_NEW_WEIGHTS, error) : status;
}

const mien_callback_kind mien_callback_model = {
    .name = "model", .stage = MIEN_STAGE_RECORD, .outward = true, .epoch = epoch};
