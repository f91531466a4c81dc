// SPDX-License-Identifier: Apache-2.0
// expected: does not export mien_plugin_entry; define it, marked MIEN_PLUGIN_EXPORT and, in C++,
// with mien/plugin.h included
#include "../fixture.h"

extern const mien_plugin another_name;
MIEN_PLUGIN_EXPORT const mien_plugin another_name = SOUND("no-symbol");
