// SPDX-License-Identifier: Apache-2.0
#include "zoo/weights/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGEST_BYTES = 32, CHUNK_BYTES = 1 << 16, WINDOW_BYTES = 4 << 20 };

static void to_hex(const uint8_t bytes[DIGEST_BYTES], char digest[MIEN_SHA256_HEX]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        digest[2 * i] = digits[bytes[i] >> 4];
        digest[2 * i + 1] = digits[bytes[i] & 15];
    }
    digest[2 * DIGEST_BYTES] = '\0';
}

static bool finish(EVP_MD_CTX *context, char digest[MIEN_SHA256_HEX]) {
    uint8_t raw[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_DigestFinal_ex(context, raw, &length) != 1 || length != DIGEST_BYTES) {
        return false;
    }
    to_hex(raw, digest);
    return true;
}

mien_status mien_sha256_weights(const mien_weights *weights, char digest[MIEN_SHA256_HEX],
                                mien_error *error) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool sound = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (size_t at = 0, count; at < weights->size && sound; at += count) {
        count = weights->size - at < WINDOW_BYTES ? weights->size - at : WINDOW_BYTES;
        sound = EVP_DigestUpdate(context, weights->bytes + at, count) == 1;
        mien_weights_forget(weights, weights->bytes + at, count);
    }
    sound = sound && finish(context, digest);
    EVP_MD_CTX_free(context);
    return sound ? MIEN_OK : mien_fail_memory(error, "a SHA-256");
}

mien_status mien_sha256_compare(const char *expected, const char digest[MIEN_SHA256_HEX],
                                mien_error *error) {
    if (strlen(expected) != MIEN_SHA256_HEX - 1 ||
        strspn(expected, "0123456789abcdefABCDEF") != MIEN_SHA256_HEX - 1) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "'%.80s' is no SHA-256: 64 hexadecimal digits are needed", expected);
    }
    if (strcasecmp(expected, digest) != 0) {
        return mien_fail(error, MIEN_BAD_INPUT, "SHA-256 is %s, but %s was expected", digest,
                         expected);
    }
    return MIEN_OK;
}

mien_status mien_sha256_file(const char *path, char digest[MIEN_SHA256_HEX], mien_error *error) {
    mien_status status = MIEN_OK;
    uint8_t chunk[CHUNK_BYTES];
    EVP_MD_CTX *context = NULL;
    FILE *file = NULL;
    struct stat info;
    // Without O_NONBLOCK, opening a named pipe waits for its writer.
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &info) != 0) {
        status = mien_fail(error, MIEN_IO, "cannot open '%s': %s", path, strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        status = mien_fail(error, MIEN_BAD_INPUT, "%s: is not a regular file", path);
    } else if (!(file = fdopen(descriptor, "rb"))) {
        status = mien_fail_memory(error, "a file's buffer");
    }
    if (status != MIEN_OK) {
        if (descriptor >= 0) {
            close(descriptor);
        }
        return status;
    }
    context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        status = mien_fail_memory(error, "a SHA-256");
        goto done;
    }
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;) {
        if (EVP_DigestUpdate(context, chunk, got) != 1) {
            status = mien_fail_memory(error, "a SHA-256");
            goto done;
        }
    }
    if (ferror(file)) {
        status = mien_fail(error, MIEN_IO, "cannot read '%s': %s", path, strerror(errno));
        goto done;
    }
    if (!finish(context, digest)) {
        status = mien_fail_memory(error, "a SHA-256");
    }
done:
    EVP_MD_CTX_free(context);
    fclose(file);
    return status;
}
