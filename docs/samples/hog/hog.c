// SPDX-License-Identifier: Apache-2.0
// A model that computes by itself: histograms of oriented gradients (Dalal and Triggs, 2005) and
// logistic regression, with weights in a format of its own. train.py makes the file.
#include <mien/plugin.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 48, CELL = 8, CELLS = SIDE / CELL, DIRECTIONS = 8 };
enum { FEATURES = CELLS * CELLS * DIRECTIONS };

typedef struct class_weights {
    float bias, weight[FEATURES];
} class_weights;

struct mien_instance {
    uint32_t classes;
    class_weights *weights; // one a class
};

/// The file's beginning. Its numbers are little-endian, as the processors are that this is for.
typedef struct file_header {
    char magic[8];
    uint32_t classes, features;
} file_header;

static mien_status read_weights(FILE *file, const mien_instance *instance, mien_error *error) {
    file_header header;
    if (fread(&header, sizeof header, 1, file) != 1 || memcmp(header.magic, "HOG 1\n\0", 8) != 0) {
        return mien_fail(error, MIEN_BAD_INPUT, "not a file of train.py's: no \"HOG 1\" in front");
    }
    if (header.classes != instance->classes || header.features != FEATURES) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "made for %u classes and %u features; the manifest has %u classes, and "
                         "this plugin %d features",
                         header.classes, header.features, instance->classes, FEATURES);
    }
    const size_t count = instance->classes;
    if (fread(instance->weights, sizeof(class_weights), count, file) != count ||
        fgetc(file) != EOF) {
        return mien_fail(error, MIEN_BAD_INPUT, "not as long as its header says; make it again");
    }
    return MIEN_OK;
}

static mien_status load_weights(const char *path, const mien_instance *instance,
                                mien_error *error) {
    FILE *const file = fopen(path, "rb");
    if (!file) {
        return mien_fail(error, MIEN_IO, "%s: %s", path, strerror(errno));
    }
    const mien_status status = read_weights(file, instance, error);
    fclose(file);
    return mien_error_context(error, status, "%s", path);
}

static void close_instance(mien_instance *instance) {
    free(instance->weights);
    free(instance);
}

static mien_status open_instance(const mien_open_arguments *arguments, mien_instance **instance,
                                 mien_error *error) {
    const mien_config *const config = arguments->config;
    if (mien_config_input_height(config) != SIDE || mien_config_input_width(config) != SIDE ||
        mien_config_input_channels(config) != 1) {
        return mien_fail(error, MIEN_BAD_INPUT, "the input must be %d×%d×1", SIDE, SIDE);
    }
    if (!arguments->weights_path) {
        return mien_fail(error, MIEN_BAD_INPUT, "the manifest names no weights");
    }
    const uint32_t classes = mien_config_classes(config);
    mien_instance *const made = malloc(sizeof *made);
    class_weights *const weights = calloc(classes, sizeof *weights);
    if (!made || !weights) {
        free(made);
        free(weights);
        return mien_fail_memory(error, "the weights");
    }
    *made = (mien_instance){.classes = classes, .weights = weights};
    const mien_status status = load_weights(arguments->weights_path, made, error);
    if (status != MIEN_OK) {
        close_instance(made);
        return status;
    }
    *instance = made;
    return MIEN_OK;
}

/// For each cell of 8×8 pixels, how strong the gradients are in each of 8 directions. A gradient
/// between two directions counts for both, so that no feature jumps.
static void describe(const float pixels[SIDE][SIDE], float cells[CELLS][CELLS][DIRECTIONS]) {
    memset(cells, 0, FEATURES * sizeof(float));
    for (int y = 1; y < SIDE - 1; y++) {
        for (int x = 1; x < SIDE - 1; x++) {
            const float right = pixels[y][x + 1] - pixels[y][x - 1];
            const float down = pixels[y + 1][x] - pixels[y - 1][x];
            const float turn = atan2f(down, right) / 6.2831853f; // −0.5 to 0.5
            const float direction = turn * DIRECTIONS, below = floorf(direction);
            const float strength = hypotf(right, down), part = direction - below;
            const int first = ((int)below + DIRECTIONS) % DIRECTIONS;
            float *const sums = cells[y / CELL][x / CELL];
            sums[first] += strength * (1 - part);
            sums[(first + 1) % DIRECTIONS] += strength * part;
        }
    }
    for (int i = 0; i < CELLS * CELLS; i++) {
        float *const sums = cells[i / CELLS][i % CELLS];
        float squares = 0;
        for (int d = 0; d < DIRECTIONS; d++) {
            squares += sums[d] * sums[d];
        }
        for (int d = 0; d < DIRECTIONS; d++) {
            sums[d] /= sqrtf(squares) + 1;
        }
    }
}

static mien_status run(mien_instance *instance, const float *input, size_t batch, float *logits,
                       mien_error *error) {
    (void)error; // nothing here can fail
    for (size_t b = 0; b < batch; b++) {
        float cells[CELLS][CELLS][DIRECTIONS];
        describe((const float(*)[SIDE])(input + b * SIDE * SIDE), cells);
        for (uint32_t c = 0; c < instance->classes; c++) {
            const class_weights *const weights = &instance->weights[c];
            float sum = weights->bias;
            for (int i = 0; i < FEATURES; i++) {
                sum += weights->weight[i] * (&cells[0][0][0])[i];
            }
            logits[b * instance->classes + c] = sum;
        }
    }
    return MIEN_OK;
}

/// This plugin has no optional capability, so it knows no name.
static const void *get_extension(const char *name) {
    (void)name;
    return NULL;
}

static const mien_input_spec input = {
    .size = sizeof(mien_input_spec),
    .height = SIDE,
    .width = SIDE,
    .channels = 1,
    .color = MIEN_GRAY,
    .resize = MIEN_RESIZE_STRETCH,
    .mean = {0},
    .std = {1},
};

static const mien_plugin plugin = {
    .size = sizeof(mien_plugin),
    .abi_version = MIEN_ABI_VERSION,
    .id = "org.example.hog",
    .name = "hog",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "Histograms of gradients and logistic regression, computed by the plugin itself",
    .input = &input,
    .open = open_instance,
    .run = run,
    .close = close_instance,
    .get_extension = get_extension,
};

MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi) {
    return mien_abi_compatible(host_abi) ? &plugin : NULL;
}
