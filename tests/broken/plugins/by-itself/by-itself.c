// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

#include <stdlib.h>

// A sound plugin that computes without a graph: logit i is the picture's mean times (i + 1).
struct mien_instance {
    uint32_t classes, values;
    int64_t gain;
};

static mien_status open_it(const mien_open_arguments *arguments, mien_instance **instance,
                           mien_error *error) {
    mien_instance *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "an instance");
    }
    const mien_config *const config = arguments->config;
    made->classes = mien_config_classes(config);
    made->values = mien_config_input_height(config) * mien_config_input_width(config) *
                   mien_config_input_channels(config);
    made->gain = mien_config_integer(config, "gain");
    *instance = made;
    return MIEN_OK;
}

static mien_status run_it(mien_instance *instance, const float *input, size_t batch, float *logits,
                          mien_error *error) {
    (void)error;
    for (size_t picture = 0; picture < batch; picture++) {
        double sum = 0;
        for (uint32_t i = 0; i < instance->values; i++) {
            sum += input[picture * instance->values + i];
        }
        for (uint32_t i = 0; i < instance->classes; i++) {
            logits[picture * instance->classes + i] =
                (float)(sum / instance->values * (i + 1) * (double)instance->gain);
        }
    }
    return MIEN_OK;
}

static void close_it(mien_instance *instance) {
    free(instance);
}

static const mien_config_key keys[] = {
    MIEN_CONFIG_KEY(.name = "gain", .type = MIEN_CONFIG_INTEGER, .default_text = "1", .minimum = 1,
                    .maximum = 10, .help = "Factor of every logit."),
};

BROKEN("by-itself", plugin.build = NULL; plugin.open = open_it; plugin.run = run_it;
       plugin.close = close_it; plugin.config_keys = keys; plugin.config_key_count = 1);
