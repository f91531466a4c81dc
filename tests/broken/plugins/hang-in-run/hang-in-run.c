// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

#include <signal.h>
#include <unistd.h>

static char for_address;

static mien_status open_it(const mien_open_arguments *arguments, mien_instance **instance,
                           mien_error *error) {
    (void)arguments;
    (void)error;
    *instance = (mien_instance *)&for_address;
    return MIEN_OK;
}

/// Says that it does, as one that is stubborn.
static mien_status run_it(mien_instance *instance, const float *input, size_t batch, float *logits,
                          mien_error *error) {
    static const char text[] = "this hangs\n";
    (void)instance;
    (void)input;
    (void)batch;
    (void)logits;
    (void)error;
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    while (write(STDERR_FILENO, text, sizeof text - 1) > 0) {
        sleep(1);
    }
    return MIEN_IO;
}

static void close_it(mien_instance *instance) {
    (void)instance;
}

BROKEN("hang-in-run", plugin.build = NULL; plugin.open = open_it; plugin.run = run_it;
       plugin.close = close_it);
