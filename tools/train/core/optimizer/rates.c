// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/optimizer/rates.h"

#include <fnmatch.h>

bool mien_patterns_match(const mien_manifest_texts *patterns, const char *name) {
    for (size_t i = 0; i < patterns->count; i++) {
        if (fnmatch(patterns->items[i].text, name, 0) == 0) {
            return true;
        }
    }
    return false;
}

mien_status mien_patterns_check(const mien_manifest *manifest, const mien_manifest_texts *patterns,
                                mien_network *network, mien_error *error) {
    size_t count;
    const mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    for (size_t i = 0; i < patterns->count; i++) {
        size_t j = 0;
        while (j < count && fnmatch(patterns->items[i].text, parameters[j].name, 0) != 0) {
            j++;
        }
        if (j == count) {
            return mien_manifest_fail(manifest, patterns->items[i].at, error, MIEN_BAD_INPUT,
                                      "pattern \"%.64s\" matches no parameter; they are called "
                                      "\"%s\" … \"%s\"",
                                      patterns->items[i].text, count ? parameters[0].name : "",
                                      count ? parameters[count - 1].name : "");
        }
    }
    return MIEN_OK;
}

/// How many layers come before the node.
static size_t rank_of(const mien_network_parameter *parameters, size_t count, mien_node node) {
    size_t rank = 0;
    for (size_t i = 0; i < count; i++) {
        bool first = parameters[i].node < node;
        for (size_t j = 0; first && j < i; j++) {
            first = parameters[j].node != parameters[i].node;
        }
        rank += first;
    }
    return rank;
}

void mien_rates_scale(mien_network *network, double layer_decay, double head_rate, double *scales) {
    size_t count;
    const mien_network_parameter *const parameters = mien_network_parameters(network, &count);
    size_t last = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t rank = rank_of(parameters, count, parameters[i].node);
        scales[i] = (double)rank;
        last = rank > last ? rank : last;
    }
    for (size_t i = 0; i < count; i++) {
        const bool head = scales[i] == (double)last;
        const double depth = last > 1 ? scales[i] / (double)(last - 1) : 1;
        scales[i] = head ? head_rate : layer_decay + (1 - layer_decay) * depth;
    }
}
