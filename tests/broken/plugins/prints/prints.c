// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
    puts("this is open");
    return MIEN_OK;
}

static mien_status run_it(mien_instance *instance, const float *input, size_t batch, float *logits,
                          mien_error *error) {
    static const char text[] = "this is run\n";
    (void)input;
    (void)error;
    for (size_t i = 0; i < batch * instance->classes; i++) {
        logits[i] = (float)(i % instance->classes);
    }
    return write(STDOUT_FILENO, text, sizeof text - 1) < 0 ? MIEN_IO : MIEN_OK;
}

static void close_it(mien_instance *instance) {
    puts("this is close");
    fflush(stdout);
    free(instance);
}

BROKEN("prints", plugin.build = NULL; plugin.open = open_it; plugin.run = run_it;
       plugin.close = close_it);
