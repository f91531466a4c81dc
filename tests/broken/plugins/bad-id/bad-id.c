// SPDX-License-Identifier: Apache-2.0
// expected: descriptor: id "nodots" is no reverse URI such as org.example.bad-id
#include "../fixture.h"

BROKEN("bad-id", plugin.id = "nodots");
