// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

#include <stdlib.h>

enum { PICTURES = 3 }; // that it answers for at a time, the last class being the likeliest

struct mien_instance {
    size_t classes;
};

static mien_status open_it(const mien_open_arguments *arguments, mien_instance **instance,
                           mien_error *error) {
    mien_instance *made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "an instance");
    }
    made->classes = mien_config_classes(arguments->config);
    *instance = made;
    return MIEN_OK;
}

static mien_status run_it(mien_instance *instance, const float *input, size_t batch, float *logits,
                          mien_error *error) {
    (void)input;
    (void)error;
    if (batch > PICTURES) {
        abort();
    }
    for (size_t i = 0; i < batch * instance->classes; i++) {
        logits[i] = (float)(i % instance->classes);
    }
    return MIEN_OK;
}

static void close_it(mien_instance *instance) {
    free(instance);
}

BROKEN("crash-in-batch", plugin.build = NULL; plugin.open = open_it; plugin.run = run_it;
       plugin.close = close_it);
