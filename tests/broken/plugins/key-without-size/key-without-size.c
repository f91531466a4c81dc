// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: a configuration key says it has 0 bytes; use MIEN_CONFIG_KEY()
#include "../fixture.h"

BROKEN_KEY("key-without-size", {.name = "depth", .default_text = "18", .help = "Layers."});
