// SPDX-License-Identifier: Apache-2.0
// What a user says in place of a manifest's file, "train.epochs=3": put into the tree before the
// table looks at it, so that it is checked as the file is.
#include "host/manifest/bind.h"

#include <string.h>

struct setting {
    mien_manifest *manifest;
    const char *text; ///< "train.epochs=3"
    mien_error *error;
};

static mien_status refuse(const struct setting *setting, const char *why) {
    return mien_fail(setting->error, MIEN_BAD_INPUT, "setting \"%.64s\" %s", setting->text, why);
}

static mien_status memory(const struct setting *setting) {
    return mien_fail_memory(setting->error, "a setting");
}

/// Positions in the setting mean nothing to who reads the file.
static void forget_positions(mien_yaml_node *node) {
    node->at = node->key_at = (mien_position){0};
    for (mien_yaml_node *each = node->first; each; each = each->next) {
        forget_positions(each);
    }
}

/// The entry of that key in a mapping; a new, empty mapping where there is none.
static mien_yaml_node *entry_of(const struct setting *setting, mien_yaml_node *mapping,
                                const char *key, size_t length) {
    mien_yaml_node **link = &mapping->first;
    for (; *link; link = &(*link)->next) {
        if (strlen((*link)->key) == length && memcmp((*link)->key, key, length) == 0) {
            return *link;
        }
    }
    mien_yaml_node *const made = mien_pool_alloc(setting->manifest->pool, 1, sizeof *made);
    if (made) {
        made->kind = MIEN_YAML_MAPPING;
        made->key = mien_pool_text(setting->manifest->pool, key, length);
        if (!made->key) {
            return NULL;
        }
        *link = made;
        mapping->count++;
    }
    return made;
}

/// The value takes the entry's place; key and neighbours stay.
static mien_status put(const struct setting *setting, mien_yaml_node *entry, const char *value) {
    const mien_yaml_node *parsed = NULL;
    mien_status status = mien_yaml_parse(value, strlen(value), setting->text,
                                         setting->manifest->pool, &parsed, setting->error);
    if (status != MIEN_OK) {
        return status;
    }
    if (!parsed) {
        return refuse(setting, "has no value; write KEY=VALUE, such as train.epochs=3");
    }
    mien_yaml_node *const next = entry->next;
    const char *const key = entry->key;
    *entry = *parsed;
    forget_positions(entry);
    entry->key = key;
    entry->next = next;
    return MIEN_OK;
}

mien_status mien_manifest_set(mien_manifest *manifest, mien_yaml_node *root, const char *text,
                              mien_error *error) {
    const struct setting setting = {manifest, text, error};
    const char *const equals = strchr(text, '=');
    mien_yaml_node *entry = root;
    if (!equals || equals == text) {
        return refuse(&setting, "is none; write KEY=VALUE, such as train.epochs=3");
    }
    for (const char *part = text; part < equals;) {
        const size_t length = strcspn(part, ".=");
        if (length == 0 || entry->kind != MIEN_YAML_MAPPING) {
            return refuse(&setting, length ? "goes on where the manifest has a value already"
                                           : "has an empty part before or after a dot");
        }
        entry = entry_of(&setting, entry, part, length);
        if (!entry) {
            return memory(&setting);
        }
        part += length + (part[length] == '.');
        if (part == equals && part[-1] == '.') {
            return refuse(&setting, "has an empty part before or after a dot");
        }
    }
    return put(&setting, entry, equals + 1);
}
