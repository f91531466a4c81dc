// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

#include <signal.h>
#include <stdlib.h>

enum { PICTURES = 4 }; // that it answers for, the first class being the likeliest, before it dies

struct mien_instance {
    size_t classes, answered;
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
    instance->answered += batch;
    if (instance->answered > PICTURES) {
        raise(SIGKILL); // as what ends a process that takes too much memory
    }
    for (size_t i = 0; i < batch * instance->classes; i++) {
        logits[i] = i % instance->classes ? 0 : 1;
    }
    return MIEN_OK;
}

static void close_it(mien_instance *instance) {
    free(instance);
}

BROKEN("crash-later", plugin.build = NULL; plugin.open = open_it; plugin.run = run_it;
       plugin.close = close_it);
