// SPDX-License-Identifier: Apache-2.0
// Any bytes as a manifest, and what is then done with one: input rule, description.
#include "host/manifest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char prefix[] = "f/m.yaml:";

/// A description is a manifest that describes itself the same.
static char *describe(const mien_manifest *manifest) {
    char *text = NULL;
    size_t length;
    FILE *const file = open_memstream(&text, &length);
    if (!file || mien_manifest_describe(manifest, file, NULL) != MIEN_OK || fclose(file) != 0) {
        abort();
    }
    return text;
}

static void check_description(const mien_manifest *manifest) {
    mien_manifest *again = NULL;
    char *const first = describe(manifest);
    if (mien_manifest_parse(first, strlen(first), "f/m.yaml", NULL, &again, NULL) != MIEN_OK) {
        abort();
    }
    char *const second = describe(again);
    if (strcmp(first, second) != 0) {
        abort();
    }
    free(first);
    free(second);
    mien_manifest_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    mien_manifest *manifest = NULL;
    mien_error error = MIEN_ERROR_INIT;
    if (mien_manifest_parse(bytes, size, "f/m.yaml", NULL, &manifest, &error) != MIEN_OK) {
        // A failure says where, in one line, and leaves nothing.
        if (error.status == MIEN_OK || strncmp(error.message, prefix, sizeof prefix - 1) != 0 ||
            strchr(error.message, '\n') || manifest) {
            abort();
        }
        return 0;
    }
    if (manifest->kind == MIEN_KIND_MODEL) {
        const mien_input_spec defaults = {
            .size = sizeof defaults, .height = 48, .width = 48, .channels = 3, .std = {1, 1, 1}};
        mien_input_spec spec;
        if (mien_manifest_input_spec(manifest, &defaults, &spec, &error) == MIEN_OK &&
            (spec.height == 0 || spec.std[0] == 0)) {
            abort();
        }
    }
    check_description(manifest);
    mien_manifest_free(manifest);
    return 0;
}
