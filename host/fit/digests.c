// SPDX-License-Identifier: Apache-2.0
#include "host/fit/digests.h"

#include "host/page/file.h"
#include "host/sha256.h"
#include "zoo/replace.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 16, LINE = DIGITS + 1, PIXELS = 4096 };

void mien_digests_free(mien_digests *digests) {
    free(digests->items);
    *digests = (mien_digests){0};
}

// --- One picture ---------------------------------------------------------------------------------

static bool is_grey(const mien_image *image, size_t pixels) {
    const uint8_t *at = image->pixels;
    if (image->channels == 1) {
        return true;
    }
    for (size_t i = 0; i < pixels; i++, at += 3) {
        if (at[0] != at[1] || at[0] != at[2]) {
            return false;
        }
    }
    return true;
}

/// One channel of a grey picture that is stored as three.
static bool update_first_channel(EVP_MD_CTX *context, const mien_image *image, size_t pixels) {
    uint8_t chunk[PIXELS];
    bool good = true;
    for (size_t at = 0, count; at < pixels && good; at += count) {
        count = pixels - at < PIXELS ? pixels - at : PIXELS;
        for (size_t i = 0; i < count; i++) {
            chunk[i] = image->pixels[(at + i) * 3];
        }
        good = EVP_DigestUpdate(context, chunk, count) == 1;
    }
    return good;
}

mien_status mien_picture_digest(const mien_image *image, uint64_t *digest, mien_error *error) {
    const size_t pixels = (size_t)image->height * image->width;
    const bool grey = is_grey(image, pixels);
    char head[64];
    const int length =
        snprintf(head, sizeof head, "%u %u %d\n", image->height, image->width, grey ? 1 : 3);
    uint8_t bytes[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(context, head, (size_t)length) == 1;
    if (good && grey && image->channels == 3) {
        good = update_first_channel(context, image, pixels);
    } else if (good) {
        good = EVP_DigestUpdate(context, image->pixels, pixels * image->channels) == 1;
    }
    good = good && EVP_DigestFinal_ex(context, bytes, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (!good) {
        return mien_fail_memory(error, "a picture's digest");
    }
    *digest = 0;
    for (size_t i = 0; i < sizeof *digest; i++) {
        *digest = *digest << 8 | bytes[i];
    }
    return MIEN_OK;
}

// --- A list --------------------------------------------------------------------------------------

static int compare(const void *a, const void *b) {
    const uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return one < other ? -1 : one > other;
}

mien_status mien_digests_make(const uint64_t *items, size_t count, mien_digests *digests,
                              mien_error *error) {
    uint64_t *const made = reallocarray(NULL, count + 1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "a list of pictures");
    }
    if (count) {
        memcpy(made, items, count * sizeof *made);
    }
    qsort(made, count, sizeof *made, compare);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || made[i] != made[kept - 1]) {
            made[kept++] = made[i];
        }
    }
    *digests = (mien_digests){made, kept};
    return MIEN_OK;
}

bool mien_digests_hold(const mien_digests *digests, uint64_t digest) {
    return digests->count &&
           bsearch(&digest, digests->items, digests->count, sizeof digest, compare);
}

// --- A file --------------------------------------------------------------------------------------

/// How many of a line's characters are what they must be; LINE: all.
static size_t read_line(const char *text, size_t size, uint64_t *digest) {
    static const char digits[] = "0123456789abcdef";
    *digest = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        const char *const digit = i < size && text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit) {
            return i;
        }
        *digest = *digest << 4 | (uint64_t)(digit - digits);
    }
    return size > DIGITS && text[DIGITS] == '\n' ? LINE : DIGITS;
}

mien_status mien_digests_parse(const void *bytes, size_t size, const char *path,
                               mien_digests *digests, mien_error *error) {
    const char *const text = bytes;
    uint64_t *const items = reallocarray(NULL, size / LINE + 1, sizeof *items);
    if (!items) {
        return mien_fail_memory(error, "a list of pictures");
    }
    mien_status status = MIEN_OK;
    size_t count = 0;
    for (size_t at = 0; at < size && status == MIEN_OK; at += LINE) {
        uint64_t digest;
        const size_t good = read_line(text + at, size - at, &digest);
        if (good < LINE) {
            status = mien_fail(error, MIEN_BAD_INPUT,
                               "%s:%zu:%zu: is no list of pictures; each line is %d lower-case "
                               "hexadecimal digits",
                               path, count + 1, good + 1, DIGITS);
        } else if (count && digest <= items[count - 1]) {
            status = mien_fail(error, MIEN_BAD_INPUT,
                               "%s:%zu:1: is not larger than the line before; the list ascends",
                               path, count + 1);
        } else {
            items[count++] = digest;
        }
    }
    if (status != MIEN_OK) {
        free(items);
        return status;
    }
    *digests = (mien_digests){items, count};
    return MIEN_OK;
}

static mien_status read_file(const char *path, const char *expected, uint32_t pictures,
                             mien_digests *digests, mien_error *error) {
    char digest[MIEN_SHA256_HEX], *bytes = NULL;
    size_t size = 0;
    mien_status status = mien_page_file(path, &bytes, &size, error);
    if (status == MIEN_OK) {
        status = mien_sha256_bytes(bytes, size, digest, error);
    }
    if (status == MIEN_OK && strcmp(digest, expected) != 0) {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%s has another SHA-256, %s; fit the ensemble again", path, digest);
    }
    if (status == MIEN_OK) {
        status = mien_digests_parse(bytes, size, path, digests, error);
    }
    free(bytes);
    if (status == MIEN_OK && (digests->count == 0 || digests->count > pictures)) {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%s lists %zu pictures, and the ensemble says it was fitted to %u", path,
                           digests->count, pictures);
        mien_digests_free(digests);
    }
    return status;
}

mien_status mien_digests_of(const mien_manifest *manifest, mien_digests *digests,
                            mien_error *error) {
    *digests = (mien_digests){0};
    if (manifest->kind != MIEN_KIND_ENSEMBLE || !manifest->ensemble.fitted.data.text) {
        return MIEN_OK;
    }
    const mien_ensemble_fit *const fitted = &manifest->ensemble.fitted;
    char *path = NULL;
    mien_status status = mien_manifest_resolve(manifest, fitted->digests, &path, error);
    if (status == MIEN_OK) {
        status = read_file(path, fitted->sha256.text, fitted->pictures, digests, error);
        mien_manifest_locate(manifest, fitted->digests.at, status, error);
    }
    free(path);
    return status;
}

static bool write_list(FILE *file, const void *content) {
    const mien_digests *const digests = content;
    for (size_t i = 0; i < digests->count; i++) {
        fprintf(file, "%016" PRIx64 "\n", digests->items[i]);
    }
    return !ferror(file);
}

mien_status mien_digests_write(const mien_digests *digests, const char *path, mien_error *error) {
    const mien_status status = mien_replace_file(path, write_list, digests, error);
    return mien_error_context(error, status, "%s", path);
}
