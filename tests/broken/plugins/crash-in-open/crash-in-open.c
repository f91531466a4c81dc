// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

#include <signal.h>

static mien_status open_it(const mien_open_arguments *arguments, mien_instance **instance,
                           mien_error *error) {
    (void)arguments;
    (void)instance;
    signal(SIGSEGV, SIG_DFL); // sanitizers would make an exit of it
    raise(SIGSEGV);
    return mien_fail(error, MIEN_PLUGIN, "came through a crash");
}

static mien_status run_it(mien_instance *instance, const float *input, size_t batch, float *logits,
                          mien_error *error) {
    (void)instance;
    (void)input;
    (void)batch;
    (void)logits;
    return mien_fail(error, MIEN_PLUGIN, "ran without being opened");
}

static void close_it(mien_instance *instance) {
    (void)instance;
}

BROKEN("crash-in-open", plugin.build = NULL; plugin.open = open_it; plugin.run = run_it;
       plugin.close = close_it);
