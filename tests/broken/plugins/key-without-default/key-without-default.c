// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: key depth has no default_text
#include "../fixture.h"

BROKEN_KEY("key-without-default", MIEN_CONFIG_KEY(.name = "depth", .type = MIEN_CONFIG_INTEGER,
                                                  .minimum = 1, .maximum = 50, .help = "Layers."));
