// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: key pool has an empty list of choices
#include "../fixture.h"

static const char *const none[] = {NULL};

BROKEN_KEY("key-no-choices",
           MIEN_CONFIG_KEY(.name = "pool", .type = MIEN_CONFIG_TEXT, .default_text = "mean",
                           .choices = none, .help = "Pooling."));
