// SPDX-License-Identifier: Apache-2.0
#include "host/plugin_library.h"
#include "zoo/config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 1000, KEYS_MOST = 256, SIDE_MOST = 4096 };

/// Sizes in ABI 1.0, the oldest this host takes.
static const size_t least_plugin = offsetof(mien_plugin, get_extension) + sizeof(void *);
static const size_t least_key = offsetof(mien_config_key, help) + sizeof(char *);
static const size_t least_input = offsetof(mien_input_spec, std) + sizeof(float[3]);

#define FAIL(...) mien_fail(error, MIEN_PLUGIN, __VA_ARGS__)

static mien_status check_text(const char *member, const char *text, mien_error *error) {
    if (!text || text[0] == '\0') {
        return FAIL("descriptor: %s is %s; it is required", member, text ? "empty" : "NULL");
    }
    if (strnlen(text, TEXT_MOST + 1) > TEXT_MOST) {
        return FAIL("descriptor: %s is longer than %d bytes", member, TEXT_MOST);
    }
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            return FAIL("descriptor: %s holds a control character", member);
        }
    }
    return MIEN_OK;
}

static mien_status check_identity(const mien_plugin *plugin, const char *name, mien_error *error) {
    const struct {
        const char *member, *text;
    } texts[] = {{"id", plugin->id},
                 {"name", plugin->name},
                 {"version", plugin->version},
                 {"license", plugin->license},
                 {"summary", plugin->summary}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        mien_status status = check_text(texts[i].member, texts[i].text, error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    if (plugin->name[strspn(plugin->name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0') {
        return FAIL("descriptor: name \"%.64s\" may hold lower-case letters, digits and hyphens "
                    "only",
                    plugin->name);
    }
    if (strcmp(plugin->name, name) != 0) {
        return FAIL("calls itself \"%.64s\"; a file of that plugin is named %.64s.so", plugin->name,
                    plugin->name);
    }
    if (!strchr(plugin->id, '.')) {
        return FAIL("descriptor: id \"%.64s\" is no reverse URI such as org.example.%s", plugin->id,
                    plugin->name);
    }
    return MIEN_OK;
}

static mien_status check_scaling(const mien_input_spec *input, mien_error *error) {
    if (!(input->crop_fraction >= 0 && input->crop_fraction <= 1)) {
        return FAIL("descriptor: input.crop_fraction is %g; it must be from 0 to 1",
                    (double)input->crop_fraction);
    }
    for (uint32_t i = 0; i < input->channels; i++) {
        if (!isfinite(input->mean[i])) {
            return FAIL("descriptor: input.mean[%u] is not a number", i);
        }
        if (!isfinite(input->std[i]) || input->std[i] == 0) {
            return FAIL("descriptor: input.std[%u] is %g; it must be a number other than 0", i,
                        (double)input->std[i]);
        }
    }
    return MIEN_OK;
}

static mien_status check_input(const mien_input_spec *input, mien_error *error) {
    if (input->height < 1 || input->height > SIDE_MOST || input->width < 1 ||
        input->width > SIDE_MOST) {
        return FAIL("descriptor: input is %u×%u; each side must be from 1 to %d", input->height,
                    input->width, SIDE_MOST);
    }
    if (input->channels != 1 && input->channels != 3) {
        return FAIL("descriptor: input has %u channels; it must have 1 or 3", input->channels);
    }
    if ((unsigned)input->color > MIEN_GRAY || (unsigned)input->resize > MIEN_RESIZE_LETTERBOX) {
        return FAIL("descriptor: input.color or input.resize is outside its enum");
    }
    if (input->channels == 1 && input->color != MIEN_GRAY) {
        return FAIL("descriptor: input has one channel; its color must be MIEN_GRAY");
    }
    return check_scaling(input, error);
}

/// Copies the input rule into one of this host's size, checks it, makes `plugin` point to it.
static mien_status take_input(mien_plugin *plugin, mien_input_spec *taken, mien_error *error) {
    const mien_input_spec *const input = plugin->input;
    if (!input) {
        return FAIL("descriptor: input is NULL; it is required, say what pictures the network was "
                    "trained on");
    }
    if (input->size < least_input) {
        return FAIL("descriptor: input.size is %zu; set it to sizeof(mien_input_spec), %zu",
                    input->size, sizeof *input);
    }
    *taken = (mien_input_spec){0};
    memcpy(taken, input, input->size < sizeof *taken ? input->size : sizeof *taken);
    taken->size = sizeof *taken;
    plugin->input = taken;
    return check_input(taken, error);
}

static mien_status check_ways(const mien_plugin *plugin, mien_error *error) {
    const bool any = plugin->open || plugin->run || plugin->close;
    if (plugin->build && any) {
        return FAIL("descriptor: has both build and one of open, run, close; set one way");
    }
    if (!plugin->build && !any) {
        return FAIL("descriptor: has neither build nor open, run and close; set one way");
    }
    if (!plugin->build && !(plugin->open && plugin->run && plugin->close)) {
        return FAIL("descriptor: %s is NULL; open, run and close are set together",
                    !plugin->open  ? "open"
                    : !plugin->run ? "run"
                                   : "close");
    }
    return MIEN_OK;
}

static mien_status check_key(const mien_config_key *key, mien_error *error) {
    mien_status status = check_text("a configuration key's name", key->name, error);
    if (status != MIEN_OK) {
        return status;
    }
    if (strlen(key->name) > 64 ||
        key->name[strspn(key->name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0') {
        return FAIL("descriptor: key \"%.64s\" may hold lower-case letters, digits and underscores "
                    "only, at most 64",
                    key->name);
    }
    if ((unsigned)key->type > MIEN_CONFIG_INTEGERS) {
        return FAIL("descriptor: key %s has a type this host does not know (%d)", key->name,
                    (int)key->type);
    }
    if (!key->default_text || !key->help) {
        return FAIL("descriptor: key %s has no %s", key->name, key->help ? "default_text" : "help");
    }
    if (!(key->minimum <= key->maximum)) {
        return FAIL("descriptor: key %s ranges from %g to %g", key->name, key->minimum,
                    key->maximum);
    }
    return key->choices && !key->choices[0]
               ? FAIL("descriptor: key %s has an empty list of choices", key->name)
               : MIEN_OK;
}

/// Copies the key table into keys of this host's size and checks each.
static mien_status copy_keys(const mien_plugin *plugin, mien_config_key *keys, mien_error *error) {
    const size_t size = plugin->config_keys->size;
    if (size < least_key || size % _Alignof(mien_config_key) != 0) {
        return FAIL("descriptor: a configuration key says it has %zu bytes; use MIEN_CONFIG_KEY()",
                    size);
    }
    for (size_t i = 0; i < plugin->config_key_count; i++) {
        const mien_config_key *const key = mien_config_key_at(plugin, i);
        if (key->size != size) {
            return FAIL("descriptor: configuration key %zu says it has %zu bytes, the first %zu; "
                        "use MIEN_CONFIG_KEY()",
                        i, key->size, size);
        }
        memcpy(&keys[i], key, size < sizeof *key ? size : sizeof *key);
        keys[i].size = sizeof *key;
        mien_status status = check_key(&keys[i], error);
        if (status != MIEN_OK) {
            return status;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(keys[i].name, keys[j].name) == 0) {
                return FAIL("descriptor: key %s is in the table twice", keys[i].name);
            }
        }
    }
    return MIEN_OK;
}

/// Leaves checked keys in `*keys` and makes `plugin` point to them.
static mien_status take_keys(mien_plugin *plugin, mien_config_key **keys, mien_error *error) {
    if (plugin->config_key_count == 0) {
        *keys = NULL;
        plugin->config_keys = NULL;
        return MIEN_OK;
    }
    if (plugin->config_key_count > KEYS_MOST || !plugin->config_keys) {
        return FAIL("descriptor: config_key_count is %zu with %s; at most %d keys",
                    plugin->config_key_count, plugin->config_keys ? "a table" : "no table",
                    KEYS_MOST);
    }
    mien_config_key *const copies = calloc(plugin->config_key_count, sizeof *copies);
    if (!copies) {
        return mien_fail_memory(error, "a plugin's configuration keys");
    }
    mien_status status = copy_keys(plugin, copies, error);
    if (status == MIEN_OK) {
        plugin->config_keys = copies;
        mien_config *defaults = NULL; // made to see that each default is one
        status = mien_config_create(plugin, NULL, 1, &defaults, error);
        mien_config_free(defaults);
    }
    if (status != MIEN_OK) {
        free(copies);
        return status;
    }
    *keys = copies;
    return MIEN_OK;
}

static mien_status check_abi(const mien_plugin *descriptor, mien_error *error) {
    if (descriptor->size < offsetof(mien_plugin, id)) {
        return FAIL("descriptor says it has %zu bytes; set size to sizeof(mien_plugin)",
                    descriptor->size);
    }
    if (descriptor->abi_version >> 16 != MIEN_ABI_MAJOR) {
        return mien_fail(error, MIEN_ABI_MISMATCH,
                         "built for plugin ABI %u.%u; this host has %u.%u, build it against this "
                         "version of Mien",
                         descriptor->abi_version >> 16, descriptor->abi_version & 0xffffu,
                         MIEN_ABI_MAJOR, MIEN_ABI_MINOR);
    }
    if (descriptor->size < least_plugin) {
        return FAIL("descriptor says it has %zu bytes; ABI 1.0 has %zu, set size to "
                    "sizeof(mien_plugin)",
                    descriptor->size, least_plugin);
    }
    return MIEN_OK;
}

mien_status mien_plugin_validate(const mien_plugin *descriptor, const char *name,
                                 mien_plugin *plugin, mien_input_spec *input,
                                 mien_config_key **keys, mien_error *error) {
    mien_status status = check_abi(descriptor, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_plugin copy = {0};
    memcpy(&copy, descriptor, descriptor->size < sizeof copy ? descriptor->size : sizeof copy);
    copy.size = sizeof copy;
    status = check_identity(&copy, name, error);
    if (status == MIEN_OK) {
        status = check_ways(&copy, error);
    }
    if (status == MIEN_OK) {
        status = take_input(&copy, input, error);
    }
    if (status == MIEN_OK) {
        status = take_keys(&copy, keys, error);
    }
    if (status == MIEN_OK) {
        *plugin = copy;
    }
    return status;
}
