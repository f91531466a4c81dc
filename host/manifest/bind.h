// SPDX-License-Identifier: Apache-2.0
/// @file
/// From a YAML tree to typed structs, by the table.
#ifndef MIEN_HOST_MANIFEST_BIND_H
#define MIEN_HOST_MANIFEST_BIND_H

#include "host/manifest/document.h"
#include "host/manifest/table.h"

/// Fills `manifest` (zeroed but for path, folder, allow_outside and pool) from `root`. Errors:
/// MIEN_BAD_INPUT, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_manifest_bind(mien_manifest *manifest, const mien_yaml_node *root,
                                               mien_error *error);

/// Puts a user's "key.key=value" into the tree before it is bound. `value` is YAML. Errors:
/// MIEN_BAD_INPUT, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_manifest_set(mien_manifest *manifest, mien_yaml_node *root,
                                              const char *text, mien_error *error);

/// What no single key's row can say: members that depend on each other.
MIEN_MUST_CHECK mien_status mien_manifest_check_rules(const mien_manifest *manifest,
                                                      mien_error *error);

/// NULL when `text` has the form, else what is wrong with it. Static.
const char *mien_text_objection(mien_text_form form, const char *text, bool allow_outside);

/// True for plain words that some readers of YAML take for true, false or null.
bool mien_text_is_yaml_word(const char *text);

#endif
