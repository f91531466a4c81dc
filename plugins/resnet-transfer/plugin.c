// SPDX-License-Identifier: Apache-2.0
// A ResNet backbone under a head of one's own classes.
#include "resnet.h"

#include <string.h>

static mien_node build(const mien_config *config, mien_graph *graph) {
    const bool dlib = !strcmp(mien_config_text(config, "variant"), "dlib");
    const char *head = mien_config_text(config, "head_name");

    if (!head[0])
        head = dlib ? "head" : "fc"; // dlib's own fc makes the descriptor and stays

    mien_node x = mien_input(graph, mien_config_input_height(config),
                             mien_config_input_width(config), mien_config_input_channels(config));
    x = dlib ? resnet_dlib(config, graph, x) : resnet_torchvision(config, graph, x);
    if (!strcmp(mien_config_text(config, "head"), "dropout"))
        x = mien_dropout(graph, x, (float)mien_config_number(config, "dropout"));
    return mien_linear(graph, x, head,
                       MIEN_LINEAR(.features = mien_config_classes(config), .bias = true));
}

static const char *const variants[] = {"torchvision", "dlib", NULL};
static const char *const stems[] = {"imagenet", "small", NULL};
static const char *const heads[] = {"linear", "dropout", NULL};

static const mien_config_key config_keys[] = {
    MIEN_CONFIG_KEY(.name = "variant", .type = MIEN_CONFIG_TEXT, .default_text = "torchvision",
                    .choices = variants,
                    .help = "Backbone: torchvision's ResNet, or dlib's for face recognition."),
    MIEN_CONFIG_KEY(.name = "depth", .type = MIEN_CONFIG_INTEGER, .default_text = "18",
                    .minimum = 18, .maximum = 50,
                    .help = "18, 34 or 50 layers (variant torchvision)."),
    MIEN_CONFIG_KEY(.name = "width", .type = MIEN_CONFIG_INTEGER, .default_text = "64",
                    .minimum = 4, .maximum = 512,
                    .help =
                        "Filters of the first stage; doubles each stage (variant torchvision)."),
    MIEN_CONFIG_KEY(.name = "stem", .type = MIEN_CONFIG_TEXT, .default_text = "imagenet",
                    .choices = stems,
                    .help = "imagenet: 7x7 stride 2 and max-pool; small: 3x3 stride 1, for "
                            "pictures under about 100 pixels (variant torchvision)."),
    MIEN_CONFIG_KEY(.name = "head", .type = MIEN_CONFIG_TEXT, .default_text = "linear",
                    .choices = heads,
                    .help = "Classes from the features, with or without dropout."),
    MIEN_CONFIG_KEY(.name = "dropout", .type = MIEN_CONFIG_NUMBER, .default_text = "0.5",
                    .minimum = 0, .maximum = 0.95, .help = "Rate of head: dropout (training)."),
    MIEN_CONFIG_KEY(.name = "head_name", .type = MIEN_CONFIG_TEXT, .default_text = "",
                    .help =
                        "Parameter name of the head; by default fc (torchvision), head (dlib)."),
};

static const mien_plugin plugin = {
    .size = sizeof(mien_plugin),
    .abi_version = MIEN_ABI_VERSION,
    .id = "org.mien.resnet-transfer",
    .name = "resnet-transfer",
    .version = "1.0.0",
    .license = "Apache-2.0",
    .summary = "ResNet-18, -34, -50 or dlib's face-recognition ResNet under a new head",
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
