// SPDX-License-Identifier: Apache-2.0
/// @file
/// What timm and torchvision call the parameters of a ViT, which are otherwise the same.
#ifndef VIT_NAMES_H
#define VIT_NAMES_H

#include <mien/plugin.h>

/// One convention. A '#' stands for a block's number; a name that ends in '_' is followed by
/// "weight" and "bias" directly, without the usual dot.
struct names {
    const char *patch;
    const char *stem_conv, *stem_norm, *stem_last;
    const char *class_token, *position;
    const char *block;
    const char *norm1, *qkv, *projection, *norm2, *mlp1, *mlp2;
    const char *norm;      ///< over the class token
    const char *mean_norm; ///< over the mean of all tokens; NULL: the convention has none
    const char *head;
};

/// "timm" or "torchvision".
const struct names *names_of(const char *convention);

enum { VIT_NAME = 64 };

/// A layer of one block, and its two parameters.
struct layer_name {
    char text[VIT_NAME], weight[VIT_NAME + 8], bias[VIT_NAME + 8];
};

struct layer_name names_at(const char *pattern, uint32_t index);

#endif
