// SPDX-License-Identifier: Apache-2.0
// expected: plugin key-default-of-wrong-type's own default: depth is "many"; it must be an integer
// (the default is many)
#include "../fixture.h"

BROKEN_KEY("key-default-of-wrong-type",
           MIEN_CONFIG_KEY(.name = "depth", .type = MIEN_CONFIG_INTEGER, .default_text = "many",
                           .minimum = 1, .maximum = 50, .help = "Layers."));
