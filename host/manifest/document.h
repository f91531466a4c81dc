// SPDX-License-Identifier: Apache-2.0
/// @file
/// One YAML document as a tree with positions, bounded in bytes, nodes, keys and depth before any
/// of it is believed. Anchors, aliases, merge keys and tags are refused: what a file says stands
/// where it is read, and no small file unfolds into a large tree.
#ifndef MIEN_HOST_MANIFEST_DOCUMENT_H
#define MIEN_HOST_MANIFEST_DOCUMENT_H

#include "host/manifest.h"
#include "host/pool.h"

enum {
    MIEN_YAML_MAX_DEPTH = 16,
    MIEN_YAML_MAX_NODES = 50000,
    MIEN_YAML_MAX_KEYS = 256, ///< of one mapping
};

typedef enum mien_yaml_kind { MIEN_YAML_SCALAR, MIEN_YAML_LIST, MIEN_YAML_MAPPING } mien_yaml_kind;

typedef struct mien_yaml_node mien_yaml_node;
struct mien_yaml_node {
    mien_yaml_kind kind;
    mien_position at;
    const char *text; ///< of a scalar, without trailing line breaks; holds no control character
    bool plain;       ///< a scalar without quotes, so that it may be other than text
    const char *key;  ///< of an entry of a mapping
    mien_position key_at;
    mien_yaml_node *first; ///< of a list's or mapping's entries, in the file's order
    mien_yaml_node *next;  ///< in the same list or mapping
    size_t count;          ///< of entries
};

/// Parses bytes into a tree that lives in `pool`; `*root` is NULL when there is nothing in them.
/// Messages start with `path:line:column: `. Errors: MIEN_BAD_INPUT, MIEN_OUT_OF_MEMORY. [any
/// thread]
MIEN_MUST_CHECK mien_status mien_yaml_parse(const void *bytes, size_t size, const char *path,
                                            mien_pool *pool, const mien_yaml_node **root,
                                            mien_error *error);

/// False for what libyaml shall not see (not UTF-8, characters YAML does not allow, directives),
/// and where and what that is.
bool mien_yaml_check_bytes(const unsigned char *bytes, size_t size, mien_position *at,
                           const char **what);

#endif
