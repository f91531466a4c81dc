// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

#include <stdlib.h>
#include <string.h>

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
    memset(logits, 0, batch * instance->classes * sizeof *logits);
    return MIEN_OK;
}

static void close_it(mien_instance *instance) {
    free(instance);
    abort();
}

BROKEN("crash-in-close", plugin.build = NULL; plugin.open = open_it; plugin.run = run_it;
       plugin.close = close_it);
