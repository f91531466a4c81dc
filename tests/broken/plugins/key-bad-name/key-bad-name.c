// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: key "Depth!" may hold lower-case letters, digits and underscores only, at
// most 64
#include "../fixture.h"

BROKEN_KEY("key-bad-name",
           MIEN_CONFIG_KEY(.name = "Depth!", .type = MIEN_CONFIG_INTEGER, .default_text = "18",
                           .minimum = 1, .maximum = 50, .help = "Layers."));
