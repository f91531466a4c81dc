// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: key depth has a type this host does not know (9)
#include "../fixture.h"

BROKEN_KEY("key-unknown-type",
           MIEN_CONFIG_KEY(.name = "depth", .type = (mien_config_type)9, .default_text = "18",
                           .minimum = 1, .maximum = 50, .help = "Layers."));
