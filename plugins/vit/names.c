// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include <stdio.h>
#include <string.h>

// timm has one name for each idea but the convolutional stem, which is named after its style.
static const struct names timm = {
    .patch = "patch_embed.proj",
    .stem_conv = "patch_embed.stem.#.conv",
    .stem_norm = "patch_embed.stem.#.bn",
    .stem_last = "patch_embed.proj",
    .class_token = "cls_token",
    .position = "pos_embed",
    .block = "blocks.#",
    .norm1 = "blocks.#.norm1",
    .qkv = "blocks.#.attn.qkv",
    .projection = "blocks.#.attn.proj",
    .norm2 = "blocks.#.norm2",
    .mlp1 = "blocks.#.mlp.fc1",
    .mlp2 = "blocks.#.mlp.fc2",
    .norm = "norm",
    .mean_norm = "fc_norm",
    .head = "head",
};

static const struct names torchvision = {
    .patch = "conv_proj",
    .stem_conv = "conv_proj.conv_bn_relu_#.0",
    .stem_norm = "conv_proj.conv_bn_relu_#.1",
    .stem_last = "conv_proj.conv_last",
    .class_token = "class_token",
    .position = "encoder.pos_embedding",
    .block = "encoder.layers.encoder_layer_#",
    .norm1 = "encoder.layers.encoder_layer_#.ln_1",
    .qkv = "encoder.layers.encoder_layer_#.self_attention.in_proj_",
    .projection = "encoder.layers.encoder_layer_#.self_attention.out_proj",
    .norm2 = "encoder.layers.encoder_layer_#.ln_2",
    .mlp1 = "encoder.layers.encoder_layer_#.mlp.0",
    .mlp2 = "encoder.layers.encoder_layer_#.mlp.3",
    .norm = "encoder.ln",
    .mean_norm = NULL,
    .head = "heads.head",
};

const struct names *names_of(const char *convention) {
    return strcmp(convention, "torchvision") == 0 ? &torchvision : &timm;
}

struct layer_name names_at(const char *pattern, uint32_t index) {
    const char *number = strchr(pattern, '#');
    const int before = (int)(number - pattern);
    struct layer_name name;

    snprintf(name.text, sizeof(name.text), "%.*s%u%s", before, pattern, index, number + 1);
    const size_t length = strlen(name.text);
    const bool joined = name.text[length - 1] == '_';
    if (joined)
        name.text[length - 1] = '\0';
    snprintf(name.weight, sizeof(name.weight), "%s%cweight", name.text, joined ? '_' : '.');
    snprintf(name.bias, sizeof(name.bias), "%s%cbias", name.text, joined ? '_' : '.');
    return name;
}
