// SPDX-License-Identifier: Apache-2.0
#include "host/sha256.h"

#include <openssl/evp.h>
#include <stdio.h>

enum { DIGEST_BYTES = 32 };

mien_status mien_sha256_bytes(const void *bytes, size_t size, char digest[MIEN_SHA256_HEX],
                              mien_error *error) {
    uint8_t raw[EVP_MAX_MD_SIZE];
    if (!EVP_Digest(bytes, size, raw, NULL, EVP_sha256(), NULL)) {
        return mien_fail_memory(error, "a digest");
    }
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        snprintf(digest + 2 * i, 3, "%02x", raw[i]);
    }
    return MIEN_OK;
}
