// SPDX-License-Identifier: Apache-2.0
// expected: loads
#include "../fixture.h"

// Built against keys, an input rule and a descriptor that a later minor version made longer: what
// is appended is passed over.
struct longer_key {
    mien_config_key key;
    uint64_t appended;
};

struct longer_input {
    mien_input_spec input;
    uint64_t appended;
};

struct longer_plugin {
    mien_plugin plugin;
    uint64_t appended;
};

static const struct longer_key keys[] = {
    {{sizeof(struct longer_key), "first", MIEN_CONFIG_INTEGER, "1", 0, 9, NULL, "One."}, 1},
    {{sizeof(struct longer_key), "second", MIEN_CONFIG_TEXT, "b", 0, 0, NULL, "Two."}, 2},
};

static const struct longer_input input = {
    {.size = sizeof(struct longer_input), .height = 8, .width = 8, .channels = 3, .std = {1, 1, 1}},
    4};

MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi) {
    (void)host_abi;
    static struct longer_plugin longer = {.plugin = SOUND("newer-minor"), .appended = 3};
    longer.plugin.size = sizeof longer;
    longer.plugin.abi_version = (MIEN_ABI_MAJOR << 16) | 9;
    longer.plugin.config_keys = &keys[0].key;
    longer.plugin.config_key_count = 2;
    longer.plugin.input = &input.input;
    return &longer.plugin;
}
