// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

#include <stdlib.h>

static char for_address;

static mien_status open_it(const mien_open_arguments *arguments, mien_instance **instance,
                           mien_error *error) {
    (void)arguments;
    (void)instance;
    (void)error;
    *instance = (mien_instance *)&for_address;
    return MIEN_OK;
}

static mien_status run_it(mien_instance *instance, const float *input, size_t batch, float *logits,
                          mien_error *error) {
    (void)instance;
    (void)input;
    (void)batch;
    (void)logits;
    (void)error;
    exit(0);
}

static void close_it(mien_instance *instance) {
    (void)instance;
}

BROKEN("exit-in-run", plugin.build = NULL; plugin.open = open_it; plugin.run = run_it;
       plugin.close = close_it);
