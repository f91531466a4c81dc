// SPDX-License-Identifier: Apache-2.0
// Lists of names, such as classes.
#include "host/manifest.h"

#include <string.h>

size_t mien_manifest_texts_find(const mien_manifest_texts *texts, const char *text) {
    size_t i = 0;
    while (i < texts->count && strcmp(texts->items[i].text, text) != 0) {
        i++;
    }
    return i;
}
