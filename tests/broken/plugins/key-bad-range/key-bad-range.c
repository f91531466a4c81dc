// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: key depth ranges from 50 to 1
#include "../fixture.h"

BROKEN_KEY("key-bad-range",
           MIEN_CONFIG_KEY(.name = "depth", .type = MIEN_CONFIG_INTEGER, .default_text = "18",
                           .minimum = 50, .maximum = 1, .help = "Layers."));
