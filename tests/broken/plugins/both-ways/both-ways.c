// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: has both build and one of open, run, close; set one way
#include "../fixture.h"

static mien_status open_nothing(const mien_open_arguments *arguments, mien_instance **instance,
                                mien_error *error) {
    (void)arguments;
    (void)instance;
    return mien_fail(error, MIEN_PLUGIN, "a fixture");
}

BROKEN("both-ways", plugin.open = open_nothing);
