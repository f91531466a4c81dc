// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: run is NULL; open, run and close are set together
#include "../fixture.h"

static mien_status open_nothing(const mien_open_arguments *arguments, mien_instance **instance,
                                mien_error *error) {
    (void)arguments;
    (void)instance;
    return mien_fail(error, MIEN_PLUGIN, "a fixture");
}

static void close_nothing(mien_instance *instance) {
    (void)instance;
}

BROKEN("null-run", plugin.build = NULL; plugin.open = open_nothing; plugin.close = close_nothing);
