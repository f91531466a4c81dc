// SPDX-License-Identifier: Apache-2.0
// What emotions are called: by the table of votes, and by those who name folders and classes.
#include "host/dataset.h"

#include <string.h>
#include <strings.h>

static const char *const names[MIEN_VOTE_COUNT] = {
    [MIEN_VOTE_NEUTRAL] = "neutral",   [MIEN_VOTE_HAPPINESS] = "happiness",
    [MIEN_VOTE_SURPRISE] = "surprise", [MIEN_VOTE_SADNESS] = "sadness",
    [MIEN_VOTE_ANGER] = "anger",       [MIEN_VOTE_DISGUST] = "disgust",
    [MIEN_VOTE_FEAR] = "fear",         [MIEN_VOTE_CONTEMPT] = "contempt",
    [MIEN_VOTE_UNKNOWN] = "unknown",   [MIEN_VOTE_NONFACE] = "nonface",
};

static const struct {
    const char *name;
    mien_vote vote;
} classes[] = {
    {"angry", MIEN_VOTE_ANGER},        {"anger", MIEN_VOTE_ANGER},
    {"disgust", MIEN_VOTE_DISGUST},    {"disgusted", MIEN_VOTE_DISGUST},
    {"fear", MIEN_VOTE_FEAR},          {"fearful", MIEN_VOTE_FEAR},
    {"happy", MIEN_VOTE_HAPPINESS},    {"happiness", MIEN_VOTE_HAPPINESS},
    {"neutral", MIEN_VOTE_NEUTRAL},    {"sad", MIEN_VOTE_SADNESS},
    {"sadness", MIEN_VOTE_SADNESS},    {"surprise", MIEN_VOTE_SURPRISE},
    {"surprised", MIEN_VOTE_SURPRISE}, {"contempt", MIEN_VOTE_CONTEMPT},
};

int mien_vote_of_class(const char *name) {
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (strcasecmp(classes[i].name, name) == 0) {
            return (int)classes[i].vote;
        }
    }
    return MIEN_NO_VOTE;
}

const char *mien_vote_text(mien_vote vote) {
    return names[vote];
}
