// SPDX-License-Identifier: Apache-2.0
// Dosovitskiy et al., "An Image is Worth 16x16 Words": patches as a sequence, a transformer
// encoder, a linear head. Names are timm's or torchvision's; see names.h.
#include "names.h"

#include <math.h>
#include <string.h>

/// The paper's table 1, with the smaller sizes of Touvron et al. (DeiT).
static const struct size {
    const char *preset;
    uint32_t width, depth, heads;
} sizes[] = {
    {"tiny", 192, 12, 3},
    {"small", 384, 12, 6},
    {"base", 768, 12, 12},
};

struct vit {
    mien_graph *graph;
    const struct names *names;
    uint32_t width, depth, heads, hidden, patch, stem_layers, stem_width;
    bool class_token;
    float epsilon, dropout, stochastic_depth;
    mien_extent grid;
};

static uint32_t integer_or(const mien_config *config, const char *key, uint32_t otherwise) {
    const int64_t value = mien_config_integer(config, key);
    return value > 0 ? (uint32_t)value : otherwise;
}

static struct vit read_config(const mien_config *config, mien_graph *graph) {
    const struct size *size = sizes;
    while (strcmp(size->preset, mien_config_text(config, "preset")) != 0)
        size++; // the host admits the presets alone

    struct vit vit = {
        .graph = graph,
        .names = names_of(mien_config_text(config, "names")),
        .width = integer_or(config, "width", size->width),
        .depth = integer_or(config, "depth", size->depth),
        .heads = integer_or(config, "heads", size->heads),
        .patch = integer_or(config, "patch", 16),
        .stem_layers = integer_or(config, "stem_layers", 0),
        .stem_width = integer_or(config, "stem_width", 0),
        .class_token = !strcmp(mien_config_text(config, "pool"), "class"),
        .epsilon = (float)mien_config_number(config, "epsilon"),
        .dropout = (float)mien_config_number(config, "dropout"),
        .stochastic_depth = (float)mien_config_number(config, "stochastic_depth"),
    };
    vit.hidden = (uint32_t)lround(vit.width * mien_config_number(config, "mlp_ratio"));
    vit.grid = (mien_extent){mien_config_input_height(config) / vit.patch,
                             mien_config_input_width(config) / vit.patch};
    return vit;
}

static mien_node linear(const struct vit *vit, mien_node x, struct layer_name name,
                        uint32_t features) {
    return mien_linear(vit->graph, x, name.text,
                       MIEN_LINEAR(.features = features, .bias = true, .weight = name.weight,
                                   .bias_name = name.bias));
}

static mien_node dropout(const struct vit *vit, mien_node x) {
    return mien_dropout(vit->graph, x, vit->dropout);
}

/// A patch becomes a token by one convolution as large as the patch.
static mien_node patch_stem(const struct vit *vit, mien_node x) {
    return mien_conv2d(vit->graph, x, vit->names->patch,
                       MIEN_CONV2D(.filters = vit->width, .kernel = {vit->patch, vit->patch},
                                   .stride = {vit->patch, vit->patch}, .bias = true));
}

/// Stride-2 convolutions until a pixel is a patch; 0 once the graph has been told that there is no
/// such number.
static uint32_t count_halvings(const struct vit *vit) {
    uint32_t halvings = 0;
    while (vit->patch >> (halvings + 1))
        halvings++;
    if (vit->patch == 1u << halvings && halvings > 0)
        return halvings;
    mien_graph_reject(vit->graph,
                      "stem: conv halves the picture, so patch (%u) must be a power of two, 2 or "
                      "more",
                      vit->patch);
    return 0;
}

/// Layers of the convolutional stem: one a halving, unless `stem_layers` says more. 0 once the
/// graph has been told what is wrong.
static uint32_t count_stem_layers(const struct vit *vit, uint32_t halvings) {
    const uint32_t layers = vit->stem_layers ? vit->stem_layers : halvings;
    if (layers < halvings)
        mien_graph_reject(vit->graph,
                          "patch %u takes %u halvings; stem_layers must be that or "
                          "more, not %u",
                          vit->patch, halvings, layers);
    else if (!vit->stem_width && vit->width % (1u << (layers - 1)))
        mien_graph_reject(vit->graph,
                          "stem: conv with %u layers needs a width that %u divides, not %u; or a "
                          "stem_width to begin with",
                          layers, 1u << (layers - 1), vit->width);
    else
        return layers;
    return 0;
}

/// Channels double with each layer until they are the width.
static uint32_t stem_channels(const struct vit *vit, uint32_t layer, uint32_t layers) {
    const uint32_t first = vit->stem_width ? vit->stem_width : vit->width >> (layers - 1);
    const uint64_t doubled = (uint64_t)first << layer;
    return layer + 1 < layers && doubled < vit->width ? (uint32_t)doubled : vit->width;
}

/// Xiao et al., "Early Convolutions Help Transformers See Better": 3×3 convolutions, each halving
/// height and width until a pixel is a patch; then project. Surplus layers are spread before the
/// halvings, at the larger sizes first.
static mien_node conv_stem(const struct vit *vit, mien_node x) {
    const uint32_t halvings = count_halvings(vit);
    const uint32_t layers = halvings ? count_stem_layers(vit, halvings) : 0;
    uint32_t layer = 0;
    for (uint32_t stage = 0; layers && stage < halvings; stage++) {
        const uint32_t before = (layers - 1 - stage) / halvings;
        for (uint32_t i = 0; i <= before; i++, layer++) {
            const uint32_t stride = i < before ? 1 : 2;
            x = mien_conv2d(vit->graph, x, names_at(vit->names->stem_conv, layer).text,
                            MIEN_CONV2D(.filters = stem_channels(vit, layer, layers),
                                        .kernel = {3, 3}, .stride = {stride, stride},
                                        .padding = {1, 1, 1, 1}));
            x = mien_batch_norm(vit->graph, x, names_at(vit->names->stem_norm, layer).text, 1e-5f);
            x = mien_relu(vit->graph, x);
        }
    }
    if (!layers)
        return MIEN_NO_NODE;
    return mien_conv2d(vit->graph, x, vit->names->stem_last,
                       MIEN_CONV2D(.filters = vit->width, .kernel = {1, 1}, .bias = true));
}

/// x + attention(norm(x)), then x + mlp(norm(x)). `drop` is the chance that training skips a
/// branch.
static mien_node block(const struct vit *vit, mien_node x, uint32_t index, float drop) {
    const struct names *names = vit->names;
    mien_graph *graph = vit->graph;

    const bool last = index + 1 == vit->depth;

    mien_node y = mien_layer_norm(graph, x, names_at(names->norm1, index).text, vit->epsilon);
    if (last)
        mien_explain_layer(graph, y, vit->grid);
    y = linear(vit, y, names_at(names->qkv, index), 3 * vit->width);
    y = mien_attention(graph, y, vit->heads);
    if (last && vit->class_token) { // all that the head sees; the other tokens end here
        y = mien_select_token(graph, y, 0);
        x = mien_select_token(graph, x, 0);
    }
    y = dropout(vit, linear(vit, y, names_at(names->projection, index), vit->width));
    x = mien_add(graph, x, mien_stochastic_depth(graph, y, drop));

    y = mien_layer_norm(graph, x, names_at(names->norm2, index).text, vit->epsilon);
    y = mien_gelu(graph, linear(vit, y, names_at(names->mlp1, index), vit->hidden));
    y = linear(vit, dropout(vit, y), names_at(names->mlp2, index), vit->width);
    x = mien_add(graph, x, mien_stochastic_depth(graph, dropout(vit, y), drop));
    return mien_name(graph, x, names_at(names->block, index).text);
}

/// A class token stands alone since the last attention.
static mien_node pool(const struct vit *vit, mien_node x) {
    if (vit->class_token)
        return mien_layer_norm(vit->graph, x, vit->names->norm, vit->epsilon);
    x = mien_global_average_pool(vit->graph, x);
    return mien_layer_norm(vit->graph, x, vit->names->mean_norm, vit->epsilon);
}

/// What takes more than one key to check; false once the graph has been told.
static bool acceptable(const mien_config *config, const struct vit *vit) {
    if (vit->width % vit->heads)
        mien_graph_reject(vit->graph, "width (%u) must be a multiple of heads (%u)", vit->width,
                          vit->heads);
    else if (mien_config_input_height(config) % vit->patch ||
             mien_config_input_width(config) % vit->patch)
        mien_graph_reject(vit->graph, "an input of %ux%u is no whole number of %ux%u patches",
                          mien_config_input_height(config), mien_config_input_width(config),
                          vit->patch, vit->patch);
    else if (!vit->class_token && !vit->names->mean_norm)
        mien_graph_reject(vit->graph, "pool: mean goes with names: timm; torchvision's ViT has a "
                                      "class token");
    else
        return true;
    return false;
}

static mien_node build(const mien_config *config, mien_graph *graph) {
    const struct vit vit = read_config(config, graph);
    if (!acceptable(config, &vit))
        return MIEN_NO_NODE;

    mien_node x = mien_input(graph, mien_config_input_height(config),
                             mien_config_input_width(config), mien_config_input_channels(config));
    x = !strcmp(mien_config_text(config, "stem"), "conv") ? conv_stem(&vit, x)
                                                          : patch_stem(&vit, x);
    x = mien_tokens(graph, x);
    if (vit.class_token)
        x = mien_class_token(graph, x, vit.names->class_token);
    x = dropout(&vit, mien_position_embedding(graph, x, vit.names->position));
    for (uint32_t i = 0; i < vit.depth; i++) // later branches are dropped more often
        x = block(&vit, x, i,
                  vit.stochastic_depth * (float)i / (float)(vit.depth > 1 ? vit.depth - 1 : 1));
    return mien_linear(graph, pool(&vit, x), vit.names->head,
                       MIEN_LINEAR(.features = mien_config_classes(config), .bias = true));
}

static const char *const presets[] = {"tiny", "small", "base", NULL};
static const char *const pools[] = {"class", "mean", NULL};
static const char *const stems[] = {"patch", "conv", NULL};
static const char *const conventions[] = {"timm", "torchvision", NULL};

static const mien_config_key config_keys[] = {
    MIEN_CONFIG_KEY(.name = "preset", .type = MIEN_CONFIG_TEXT, .default_text = "tiny",
                    .choices = presets, .help = "Width, depth and heads of ViT-Ti, -S or -B."),
    MIEN_CONFIG_KEY(.name = "width", .type = MIEN_CONFIG_INTEGER, .default_text = "0", .minimum = 0,
                    .maximum = 4096, .help = "Channels of a token; 0: the preset's."),
    MIEN_CONFIG_KEY(.name = "depth", .type = MIEN_CONFIG_INTEGER, .default_text = "0", .minimum = 0,
                    .maximum = 64, .help = "Encoder blocks; 0: the preset's."),
    MIEN_CONFIG_KEY(.name = "heads", .type = MIEN_CONFIG_INTEGER, .default_text = "0", .minimum = 0,
                    .maximum = 64, .help = "Attention heads; 0: the preset's."),
    MIEN_CONFIG_KEY(.name = "mlp_ratio", .type = MIEN_CONFIG_NUMBER, .default_text = "4",
                    .minimum = 0.25, .maximum = 16, .help = "Hidden width of the MLP over width."),
    MIEN_CONFIG_KEY(.name = "patch", .type = MIEN_CONFIG_INTEGER, .default_text = "16",
                    .minimum = 1, .maximum = 128, .help = "Side of a patch in pixels."),
    MIEN_CONFIG_KEY(.name = "stem", .type = MIEN_CONFIG_TEXT, .default_text = "patch",
                    .choices = stems,
                    .help = "patch: one convolution as large as a patch; conv: 3x3 convolutions of "
                            "stride 2."),
    MIEN_CONFIG_KEY(.name = "stem_layers", .type = MIEN_CONFIG_INTEGER, .default_text = "0",
                    .minimum = 0, .maximum = 8,
                    .help = "3x3 convolutions of stem: conv, the surplus of stride 1 and spread "
                            "before the halvings; 0: one a halving."),
    MIEN_CONFIG_KEY(.name = "stem_width", .type = MIEN_CONFIG_INTEGER, .default_text = "0",
                    .minimum = 0, .maximum = 4096,
                    .help = "Channels of stem: conv's first layer, doubled with each layer up to "
                            "width; 0: so that the last layer has width."),
    MIEN_CONFIG_KEY(.name = "pool", .type = MIEN_CONFIG_TEXT, .default_text = "class",
                    .choices = pools,
                    .help = "What the head sees: a class token, or the mean of all tokens."),
    MIEN_CONFIG_KEY(.name = "dropout", .type = MIEN_CONFIG_NUMBER, .default_text = "0",
                    .minimum = 0, .maximum = 0.95,
                    .help = "Dropout after embedding, projections and MLP layers (training)."),
    MIEN_CONFIG_KEY(.name = "stochastic_depth", .type = MIEN_CONFIG_NUMBER, .default_text = "0",
                    .minimum = 0, .maximum = 0.95,
                    .help = "Chance of dropping the last block's branches, rising linearly from 0 "
                            "(training)."),
    MIEN_CONFIG_KEY(.name = "epsilon", .type = MIEN_CONFIG_NUMBER, .default_text = "1e-6",
                    .minimum = 1e-12, .maximum = 1e-2, .help = "Layer normalisation's epsilon."),
    MIEN_CONFIG_KEY(.name = "names", .type = MIEN_CONFIG_TEXT, .default_text = "timm",
                    .choices = conventions, .help = "Whose parameter names the weights have."),
};

static const mien_plugin plugin = {
    .size = sizeof(mien_plugin),
    .abi_version = MIEN_ABI_VERSION,
    .id = "org.mien.vit",
    .name = "vit",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "Vision transformer: tiny to B/16, class token or mean pooling",
    .config_keys = config_keys,
    .config_key_count = sizeof(config_keys) / sizeof(config_keys[0]),
    .input =
        &(const mien_input_spec){
            .size = sizeof(mien_input_spec),
            .height = 224,
            .width = 224,
            .channels = 3,
            .color = MIEN_RGB,
            .resize = MIEN_RESIZE_CROP,
            .crop_fraction = 0.875f,
            .mean = {0.485f, 0.456f, 0.406f}, // ImageNet's, as torchvision's weights expect
            .std = {0.229f, 0.224f, 0.225f}},
    .build = build,
};

MIEN_PLUGIN_EXPORT const mien_plugin *mien_plugin_entry(uint32_t host_abi) {
    return mien_abi_compatible(host_abi) ? &plugin : NULL;
}
