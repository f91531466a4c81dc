// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: config_key_count is 3 with no table; at most 256 keys
#include "../fixture.h"

BROKEN("keys-without-table", plugin.config_key_count = 3);
