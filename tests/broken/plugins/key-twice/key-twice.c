// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: key depth is in the table twice
#include "../fixture.h"

BROKEN_KEY("key-twice",
           MIEN_CONFIG_KEY(.name = "depth", .type = MIEN_CONFIG_INTEGER, .default_text = "18",
                           .minimum = 1, .maximum = 50, .help = "Layers."),
           MIEN_CONFIG_KEY(.name = "depth", .type = MIEN_CONFIG_INTEGER, .default_text = "18",
                           .minimum = 1, .maximum = 50, .help = "Layers."));
