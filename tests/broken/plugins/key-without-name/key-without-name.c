// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: a configuration key's name is NULL; it is required
#include "../fixture.h"

BROKEN_KEY("key-without-name", MIEN_CONFIG_KEY(.type = MIEN_CONFIG_INTEGER, .default_text = "18",
                                               .minimum = 1, .maximum = 50, .help = "Layers."));
