// SPDX-License-Identifier: Apache-2.0
// Any bytes as a table of votes, in which pictures are then looked up.
#include "host/dataset.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char prefix[] = "v.csv:";

static void look_up(const mien_votes *votes, const char *path) {
    const mien_vote_row *row = mien_votes_find(votes, path);
    for (int i = 0; row && i < MIEN_VOTE_COUNT; i++) {
        if (row->counts[i] > MIEN_VOTES_MOST) {
            abort();
        }
    }
    const mien_vote_row *own = row ? mien_votes_find(votes, row->file) : NULL;
    if (own && own != row) {
        abort(); // no other row is nearer to a name than its own
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    mien_votes *votes = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = mien_votes_parse(bytes, size, "v.csv", &votes, &error);
    if (status != MIEN_OK &&
        (status != MIEN_BAD_INPUT || strncmp(error.message, prefix, sizeof prefix - 1) != 0)) {
        abort(); // a failure must say where
    }
    if (status == MIEN_OK && mien_votes_count(votes) == 0) {
        abort();
    }
    static const char *const paths[] = {"",      "/",       "a/1.png", "/d/train/a/1.png",
                                        "1.png", "a//1.png"};
    for (size_t i = 0; status == MIEN_OK && i < sizeof paths / sizeof *paths; i++) {
        look_up(votes, paths[i]);
    }
    mien_votes_free(votes);
    return 0;
}
