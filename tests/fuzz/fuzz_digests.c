// SPDX-License-Identifier: Apache-2.0
// Any bytes as a list of pictures that an ensemble was fitted to.
#include "host/fit/digests.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char prefix[] = "e.pictures:";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    mien_digests digests = {0};
    mien_error error = MIEN_ERROR_INIT;
    const mien_status status = mien_digests_parse(bytes, size, "e.pictures", &digests, &error);
    if (status != MIEN_OK) {
        if (status != MIEN_BAD_INPUT || strncmp(error.message, prefix, sizeof prefix - 1) != 0) {
            abort(); // a failure must say where
        }
        return 0;
    }
    for (size_t i = 0; i < digests.count; i++) {
        if (!mien_digests_hold(&digests, digests.items[i]) ||
            (i && digests.items[i] <= digests.items[i - 1])) {
            abort();
        }
    }
    mien_digests_free(&digests);
    return 0;
}
