// SPDX-License-Identifier: Apache-2.0
#include "host/corruption/kinds.h"

#include "zoo/nearest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

typedef struct kind_row {
    const char *name;
    bool draws;
    mien_status (*apply)(mien_image *image, uint32_t severity, gsl_rng *random, mien_error *error);
} kind_row;

static const kind_row kinds[MIEN_CORRUPTION_COUNT] = {
    [MIEN_CORRUPTION_NONE] = {"none", false, NULL},
    [MIEN_CORRUPTION_BLUR] = {"blur", false, mien_corrupt_blur},
    [MIEN_CORRUPTION_NOISE] = {"noise", true, mien_corrupt_noise},
    [MIEN_CORRUPTION_JPEG] = {"jpeg", false, mien_corrupt_jpeg},
    [MIEN_CORRUPTION_BRIGHTNESS] = {"brightness", false, mien_corrupt_brightness},
    [MIEN_CORRUPTION_ROTATION] = {"rotation", true, mien_corrupt_rotation},
    [MIEN_CORRUPTION_OCCLUSION] = {"occlusion", true, mien_corrupt_occlusion},
};

const char *mien_corruption_text(mien_corruption_kind kind) {
    return kinds[kind].name;
}

bool mien_corruption_draws(mien_corruption_kind kind) {
    return kinds[kind].draws;
}

mien_status mien_corruption_find(const char *name, mien_corruption_kind *kind, mien_error *error) {
    char known[128] = "";
    mien_nearest nearest = {.word = name};
    for (size_t i = 0, used = 0; i < MIEN_CORRUPTION_COUNT; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *kind = (mien_corruption_kind)i;
            return MIEN_OK;
        }
        mien_nearest_offer(&nearest, kinds[i].name);
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 kinds[i].name);
    }
    return mien_fail(error, MIEN_INVALID_ARGUMENT,
                     "there is no corruption \"%.64s\"%s%s%s There are %s", name,
                     nearest.best ? "; did you mean \"" : ".", nearest.best ? nearest.best : "",
                     nearest.best ? "\"?" : "", known);
}

mien_status mien_corruption_parse(const char *text, mien_corruption *corruption,
                                  mien_error *error) {
    char name[32];
    const size_t length = strcspn(text, ":");
    mien_corruption read = {0};
    if (length < sizeof name) {
        memcpy(name, text, length);
    }
    name[length < sizeof name ? length : 0] = '\0';
    mien_status status = mien_corruption_find(*name ? name : text, &read.kind, error);
    if (status != MIEN_OK) {
        return status;
    }
    const char *digit = text[length] ? text + length + 1 : "0";
    const bool one = strlen(digit) == 1 && *digit >= '0' && *digit <= '0' + MIEN_SEVERITY_MOST;
    read.severity = one ? (uint32_t)(*digit - '0') : 0;
    if (!one || (read.severity == 0) != (read.kind == MIEN_CORRUPTION_NONE)) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "\"%.64s\" is no corruption with its severity; give a name, a colon and 1 "
                         "to %d, such as blur:3, or none",
                         text, MIEN_SEVERITY_MOST);
    }
    *corruption = read;
    return MIEN_OK;
}

/// Neither severity nor the order of pictures goes in: a picture keeps its noise and the place of
/// its patch as damage grows, so that curves rise and fall for no other reason.
static mien_status seed_of(const mien_corruption *corruption, const char *name, uint32_t *seed,
                           mien_error *error) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    char head[64];
    const int length =
        snprintf(head, sizeof head, "%s %u ", kinds[corruption->kind].name, corruption->seed);
    EVP_MD_CTX *const hash = EVP_MD_CTX_new();
    const bool done = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) &&
                      EVP_DigestUpdate(hash, head, (size_t)length) &&
                      EVP_DigestUpdate(hash, name, strlen(name)) &&
                      EVP_DigestFinal_ex(hash, digest, NULL);
    EVP_MD_CTX_free(hash);
    if (!done) {
        return mien_fail_memory(error, "a digest");
    }
    *seed = (uint32_t)digest[0] | (uint32_t)digest[1] << 8 | (uint32_t)digest[2] << 16 |
            (uint32_t)digest[3] << 24;
    return MIEN_OK;
}

mien_status mien_corruption_apply(const mien_corruption *corruption, const char *name,
                                  mien_image *image, mien_error *error) {
    const kind_row *const row = &kinds[corruption->kind];
    if (!row->apply) {
        return MIEN_OK;
    }
    gsl_rng *random = NULL;
    mien_status status = MIEN_OK;
    if (row->draws) {
        uint32_t seed = 0;
        status = seed_of(corruption, name, &seed, error);
        random = status == MIEN_OK ? gsl_rng_alloc(gsl_rng_mt19937) : NULL;
        if (random) {
            gsl_rng_set(random, seed);
        } else if (status == MIEN_OK) {
            status = mien_fail_memory(error, "random numbers");
        }
    }
    if (status == MIEN_OK) {
        status = row->apply(image, corruption->severity, random, error);
    }
    gsl_rng_free(random);
    return status;
}
