// SPDX-License-Identifier: Apache-2.0
#include "zoo/config.h"
#include "zoo/nearest.h"
#include "zoo/scalar.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct value {
    char *text; // as given; owned
    int64_t integer;
    double number;
    bool boolean;
    int64_t integers[MIEN_CONFIG_MAX_INTEGERS];
    size_t count;
};

struct mien_config {
    const mien_plugin *plugin;
    mien_input_spec input;
    uint32_t classes;
    struct value values[]; // one a key, in the table's order
};

const mien_config_key *mien_config_key_at(const mien_plugin *plugin, size_t index) {
    // A plugin of another minor version has keys of another size; all keys of a table have one.
    const char *const first = (const char *)plugin->config_keys;
    return (const mien_config_key *)(const void *)(first + index * plugin->config_keys->size);
}

const char *mien_config_type_text(mien_config_type type) {
    switch (type) {
    case MIEN_CONFIG_INTEGER:
        return "integer";
    case MIEN_CONFIG_NUMBER:
        return "number";
    case MIEN_CONFIG_BOOLEAN:
        return "true or false";
    case MIEN_CONFIG_TEXT:
        return "text";
    case MIEN_CONFIG_INTEGERS:
        return "list of integers";
    }
    return "unknown type";
}

static mien_status check_range(const mien_config_key *key, double value, const char *text,
                               mien_error *error) {
    if (key->minimum == key->maximum || (value >= key->minimum && value <= key->maximum)) {
        return MIEN_OK;
    }
    return mien_fail(error, MIEN_BAD_INPUT, "%s is %s; it must be from %g to %g", key->name, text,
                     key->minimum, key->maximum);
}

static mien_status wrong_type(const mien_config_key *key, const char *text, mien_error *error) {
    return mien_fail(error, MIEN_BAD_INPUT, "%s is \"%.64s\"; it must be %s%s (the default is %s)",
                     key->name, text,
                     key->type == MIEN_CONFIG_INTEGER                                       ? "an "
                     : key->type == MIEN_CONFIG_NUMBER || key->type == MIEN_CONFIG_INTEGERS ? "a "
                                                                                            : "",
                     mien_config_type_text(key->type), key->default_text);
}

static mien_status parse_integer(const mien_config_key *key, const char *text, int64_t *integer,
                                 mien_error *error) {
    if (!mien_scalar_integer(text, integer)) {
        return wrong_type(key, text, error);
    }
    return check_range(key, (double)*integer, text, error);
}

static mien_status parse_integers(const mien_config_key *key, const char *text, struct value *value,
                                  mien_error *error) {
    const size_t length = strlen(text);
    if (length < 2 || text[0] != '[' || text[length - 1] != ']') {
        return wrong_type(key, text, error);
    }
    const char *at = text + 1, *const end = text + length - 1;
    at += strspn(at, " ");
    while (at < end) {
        char item[32];
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *const stop = comma ? comma : end;
        size_t size = (size_t)(stop - at);
        while (size > 0 && at[size - 1] == ' ') {
            size--;
        }
        if (size >= sizeof item || size == 0) {
            return wrong_type(key, text, error);
        }
        memcpy(item, at, size);
        item[size] = '\0';
        if (value->count == MIEN_CONFIG_MAX_INTEGERS) {
            return mien_fail(error, MIEN_BAD_INPUT, "%s has more than %d entries", key->name,
                             MIEN_CONFIG_MAX_INTEGERS);
        }
        mien_status status = parse_integer(key, item, &value->integers[value->count++], error);
        if (status != MIEN_OK) {
            return status;
        }
        at = comma ? comma + 1 + strspn(comma + 1, " ") : end;
    }
    return MIEN_OK;
}

static mien_status check_choice(const mien_config_key *key, const char *text, mien_error *error) {
    if (!key->choices) {
        return MIEN_OK;
    }
    char list[256] = "";
    size_t used = 0;
    for (const char *const *choice = key->choices; *choice; choice++) {
        if (strcmp(*choice, text) == 0) {
            return MIEN_OK;
        }
        const size_t length = strlen(*choice);
        if (used + length + 3 < sizeof list) {
            if (used) {
                memcpy(list + used, ", ", 2);
                used += 2;
            }
            memcpy(list + used, *choice, length + 1);
            used += length;
        }
    }
    return mien_fail(error, MIEN_BAD_INPUT, "%s is \"%.64s\"; it must be one of %s", key->name,
                     text, list);
}

static mien_status parse(const mien_config_key *key, const char *text, struct value *value,
                         mien_error *error) {
    switch (key->type) {
    case MIEN_CONFIG_INTEGER:
        return parse_integer(key, text, &value->integer, error);
    case MIEN_CONFIG_NUMBER:
        return mien_scalar_number(text, &value->number)
                   ? check_range(key, value->number, text, error)
                   : wrong_type(key, text, error);
    case MIEN_CONFIG_BOOLEAN:
        return mien_scalar_boolean(text, &value->boolean) ? MIEN_OK : wrong_type(key, text, error);
    case MIEN_CONFIG_TEXT:
        return check_choice(key, text, error);
    case MIEN_CONFIG_INTEGERS:
        return parse_integers(key, text, value, error);
    }
    return mien_fail(error, MIEN_PLUGIN, "%s has a type that this host does not know", key->name);
}

static mien_status set_at(mien_config *config, size_t index, const char *text, mien_error *error) {
    struct value value = {0};
    mien_status status = parse(mien_config_key_at(config->plugin, index), text, &value, error);
    if (status != MIEN_OK) {
        return status;
    }
    value.text = strdup(text);
    if (!value.text) {
        return mien_fail_memory(error, "a configuration value");
    }
    free(config->values[index].text);
    config->values[index] = value;
    return MIEN_OK;
}

mien_status mien_config_create(const mien_plugin *plugin, const mien_input_spec *input,
                               uint32_t classes, mien_config **config, mien_error *error) {
    mien_config *made = calloc(1, sizeof *made + plugin->config_key_count * sizeof made->values[0]);
    if (!made) {
        return mien_fail_memory(error, "a configuration");
    }
    made->plugin = plugin;
    made->input = input ? *input : *plugin->input;
    made->classes = classes;
    for (size_t i = 0; i < plugin->config_key_count; i++) {
        mien_status status = set_at(made, i, mien_config_key_at(plugin, i)->default_text, error);
        if (status != MIEN_OK) {
            mien_config_free(made);
            if (status == MIEN_OUT_OF_MEMORY) {
                return status;
            }
            return mien_error_context(error, MIEN_PLUGIN, "plugin %s's own default", plugin->name);
        }
    }
    *config = made;
    return MIEN_OK;
}

void mien_config_free(mien_config *config) {
    if (!config) {
        return;
    }
    for (size_t i = 0; i < config->plugin->config_key_count; i++) {
        free(config->values[i].text);
    }
    free(config);
}

mien_status mien_config_set(mien_config *config, const char *name, const char *text,
                            mien_error *error) {
    mien_nearest nearest = {.word = name};
    for (size_t i = 0; i < config->plugin->config_key_count; i++) {
        const char *const known = mien_config_key_at(config->plugin, i)->name;
        if (strcmp(known, name) == 0) {
            return set_at(config, i, text, error);
        }
        mien_nearest_offer(&nearest, known);
    }
    if (config->plugin->config_key_count == 0) {
        return mien_fail(error, MIEN_BAD_INPUT, "unknown key \"%.64s\"; plugin %s takes none", name,
                         config->plugin->name);
    }
    if (!nearest.best) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "unknown key \"%.64s\"; `mien inspect` lists plugin %s's", name,
                         config->plugin->name);
    }
    return mien_fail(error, MIEN_BAD_INPUT, "unknown key \"%.64s\"; did you mean \"%s\"?", name,
                     nearest.best);
}

static const struct value *find(const mien_config *config, const char *name) {
    for (size_t i = 0; i < config->plugin->config_key_count; i++) {
        if (strcmp(mien_config_key_at(config->plugin, i)->name, name) == 0) {
            return &config->values[i];
        }
    }
    return NULL;
}

static const struct value *find_typed(const mien_config *config, const char *name,
                                      mien_config_type type) {
    const struct value *const value = find(config, name);
    assert(value && "a plugin asked for a key that its table does not have");
    assert(mien_config_key_at(config->plugin, (size_t)(value - config->values))->type == type &&
           "a plugin asked for a key by another type than its table says");
    (void)type;
    return value;
}

const char *mien_config_value_text(const mien_config *config, const char *name) {
    const struct value *const value = find(config, name);
    assert(value);
    return value->text;
}

int64_t mien_config_integer(const mien_config *config, const char *name) {
    return find_typed(config, name, MIEN_CONFIG_INTEGER)->integer;
}

double mien_config_number(const mien_config *config, const char *name) {
    return find_typed(config, name, MIEN_CONFIG_NUMBER)->number;
}

bool mien_config_boolean(const mien_config *config, const char *name) {
    return find_typed(config, name, MIEN_CONFIG_BOOLEAN)->boolean;
}

const char *mien_config_text(const mien_config *config, const char *name) {
    return find_typed(config, name, MIEN_CONFIG_TEXT)->text;
}

size_t mien_config_integers(const mien_config *config, const char *name, int64_t *values,
                            size_t capacity) {
    const struct value *const value = find_typed(config, name, MIEN_CONFIG_INTEGERS);
    const size_t copied = value->count < capacity ? value->count : capacity;
    if (copied > 0) { // `values` may be NULL when only the count is wanted
        memcpy(values, value->integers, copied * sizeof values[0]);
    }
    return value->count;
}

uint32_t mien_config_classes(const mien_config *config) {
    return config->classes;
}

uint32_t mien_config_input_height(const mien_config *config) {
    return config->input.height;
}

uint32_t mien_config_input_width(const mien_config *config) {
    return config->input.width;
}

uint32_t mien_config_input_channels(const mien_config *config) {
    return config->input.channels;
}
