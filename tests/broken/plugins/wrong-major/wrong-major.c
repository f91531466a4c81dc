// SPDX-License-Identifier: Apache-2.0
// expected: built for plugin ABI 7.0; this host has 1.0, build it against this version of Mien
#include "../fixture.h"

BROKEN("wrong-major", plugin.abi_version = 7u << 16);
