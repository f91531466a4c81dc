// SPDX-License-Identifier: Apache-2.0
#include "support/random_operators.h"

enum { MAX_CHANNELS = 70, MAX_EXTENT = 13 };

// Largest difference over the largest output. Sums in float32, over up to 70 channels of 5×5
// windows, stay under the first. The second is for Winograd's transforms, and for functions that
// cancel where all outputs are small.
#define STRICT 5e-6
#define LOOSE 5e-5

typedef struct seeded_dice dice;

static bool flip(dice *d) {
    return seeded_between(d, 0, 1) != 0;
}

static uint32_t any_extent(dice *d) {
    return seeded_between(d, 1, MAX_EXTENT);
}

/// Small counts as often as large ones: vectors' edges are all over.
static uint32_t any_channels(dice *d) {
    return seeded_between(d, 1, flip(d) ? 9 : MAX_CHANNELS);
}

static twin any_map(twin_net *net, dice *d) {
    const uint32_t height = any_extent(d), width = any_extent(d);
    return twin_input(net, height, width, any_channels(d));
}

static twin any_tokens(twin_net *net, dice *d) {
    return twin_tokens(net, any_map(net, d));
}

static twin any_vector(twin_net *net, dice *d) {
    return twin_flatten(net, twin_input(net, 1, 1, any_channels(d)), MIEN_FLATTEN_HWC);
}

static twin any_shape(twin_net *net, dice *d) {
    const uint32_t rank = seeded_between(d, 1, 3);
    return rank == 1 ? any_vector(net, d) : rank == 2 ? any_tokens(net, d) : any_map(net, d);
}

static uint32_t channels_of(twin x) {
    return (uint32_t)x.value->shape.dim[x.value->shape.rank - 1];
}

/// Pictures reach from −2.5 to 2.5; eight times that meets every branch of an activation.
static twin widened(twin_net *net, twin x) {
    for (int i = 0; i < 3; i++) {
        x = twin_add(net, x, x);
    }
    return x;
}

// --- Convolutions --------------------------------------------------------------------------------

/// Padding of an axis so that a window of `reach` fits `extent`.
static void any_padding(dice *d, uint32_t extent, uint32_t reach, uint32_t *before,
                        uint32_t *after) {
    *before = flip(d) ? seeded_between(d, 0, reach) : 0;
    *after = flip(d) ? seeded_between(d, 0, reach) : 0;
    while (extent + *before + *after < reach) {
        ++*(flip(d) ? before : after);
    }
}

static void finish_window(dice *d, twin x, mien_conv2d_options *o) {
    o->dilation = flip(d) ? (mien_extent){0, 0}
                          : (mien_extent){seeded_between(d, 1, 3), seeded_between(d, 1, 3)};
    o->stride = flip(d) ? (mien_extent){0, 0}
                        : (mien_extent){seeded_between(d, 1, 3), seeded_between(d, 1, 4)};
    o->bias = flip(d);
    const size_t *dim = x.value->shape.dim;
    const uint32_t down = o->dilation.height ? o->dilation.height : 1;
    const uint32_t across = o->dilation.width ? o->dilation.width : 1;
    any_padding(d, (uint32_t)dim[0], down * (o->kernel.height - 1) + 1, &o->padding.top,
                &o->padding.bottom);
    any_padding(d, (uint32_t)dim[1], across * (o->kernel.width - 1) + 1, &o->padding.left,
                &o->padding.right);
}

static mien_extent any_kernel(dice *d) {
    const uint32_t side = seeded_between(d, 1, 5);
    return flip(d) ? (mien_extent){side, side}
                   : (mien_extent){seeded_between(d, 1, 5), seeded_between(d, 1, 5)};
}

static twin convolution(twin_net *net, dice *d) {
    twin x = any_map(net, d);
    mien_conv2d_options o = {.size = sizeof o, .filters = any_channels(d), .kernel = any_kernel(d)};
    finish_window(d, x, &o);
    return twin_conv2d(net, x, "op", &o);
}

static twin pointwise_convolution(twin_net *net, dice *d) {
    return twin_conv2d(net, any_map(net, d), "op",
                       MIEN_CONV2D(.filters = any_channels(d), .kernel = {1, 1}, .bias = flip(d)));
}

static twin padded_3x3_convolution(twin_net *net, dice *d) {
    return twin_conv2d(net, any_map(net, d), "op",
                       MIEN_CONV2D(.filters = any_channels(d), .kernel = {3, 3},
                                   .padding = {1, 1, 1, 1}, .bias = flip(d)));
}

static twin grouped_convolution(twin_net *net, dice *d) {
    const uint32_t groups = seeded_between(d, 2, 7);
    const uint32_t height = any_extent(d), width = any_extent(d);
    twin x = twin_input(net, height, width, groups * seeded_between(d, 1, 10));
    mien_conv2d_options o = {.size = sizeof o,
                             .filters = groups * seeded_between(d, 1, 10),
                             .groups = groups,
                             .kernel = any_kernel(d)};
    finish_window(d, x, &o);
    return twin_conv2d(net, x, "op", &o);
}

static twin depthwise_convolution(twin_net *net, dice *d) {
    twin x = any_map(net, d);
    const uint32_t channels = channels_of(x);
    mien_conv2d_options o = {.size = sizeof o,
                             .filters = channels * seeded_between(d, 1, flip(d) ? 1 : 3),
                             .groups = channels,
                             .kernel = any_kernel(d)};
    finish_window(d, x, &o);
    return twin_conv2d(net, x, "op", &o);
}

// --- Pooling -------------------------------------------------------------------------------------

/// As the rule asks: two pixels at least, a stride of at most the window, less padding than it.
static mien_pool2d_options any_pooling(dice *d, twin x) {
    mien_pool2d_options o = {.size = sizeof o, .ceil_mode = flip(d), .count_padding = flip(d)};
    o.kernel = (mien_extent){seeded_between(d, 1, 4), seeded_between(d, 2, 5)};
    if (flip(d)) {
        o.stride = (mien_extent){seeded_between(d, 1, o.kernel.height),
                                 seeded_between(d, 1, o.kernel.width)};
    }
    if (flip(d)) {
        o.padding = (mien_padding){
            seeded_between(d, 0, o.kernel.height - 1), seeded_between(d, 0, o.kernel.width - 1),
            seeded_between(d, 0, o.kernel.height - 1), seeded_between(d, 0, o.kernel.width - 1)};
    }
    const size_t *dim = x.value->shape.dim;
    if (dim[0] + o.padding.top + o.padding.bottom < o.kernel.height) {
        o.padding.top = o.padding.bottom = o.kernel.height - 1;
    }
    if (dim[1] + o.padding.left + o.padding.right < o.kernel.width) {
        o.padding.left = o.padding.right = o.kernel.width - 1;
    }
    return o;
}

static twin max_pool(twin_net *net, dice *d) {
    twin x = any_map(net, d);
    const mien_pool2d_options o = any_pooling(d, x);
    return twin_max_pool2d(net, x, &o);
}

static twin average_pool(twin_net *net, dice *d) {
    twin x = any_map(net, d);
    const mien_pool2d_options o = any_pooling(d, x);
    return twin_average_pool2d(net, x, &o);
}

static twin global_average_pool(twin_net *net, dice *d) {
    return twin_global_average_pool(net, flip(d) ? any_map(net, d) : any_tokens(net, d));
}

// --- Numbers one by one --------------------------------------------------------------------------

static twin linear(twin_net *net, dice *d) {
    twin x = flip(d) ? any_tokens(net, d) : any_vector(net, d);
    return twin_linear(net, x, "op", any_channels(d), flip(d));
}

static float any_epsilon(dice *d) {
    static const float epsilons[] = {1e-3f, 1e-5f, 1e-6f};
    return epsilons[seeded_between(d, 0, 2)];
}

static twin batch_norm(twin_net *net, dice *d) {
    return twin_batch_norm(net, any_shape(net, d), "op", any_epsilon(d));
}

static twin layer_norm(twin_net *net, dice *d) {
    return twin_layer_norm(net, any_shape(net, d), "op", any_epsilon(d));
}

static twin add(twin_net *net, dice *d) {
    twin x = any_shape(net, d);
    return twin_add(net, x, flip(d) ? x : twin_unary(net, x, mien_gelu, naive_gelu));
}

static twin multiply(twin_net *net, dice *d) {
    twin x = any_shape(net, d);
    return twin_multiply(net, x, flip(d) ? x : twin_unary(net, x, mien_gelu, naive_gelu));
}

static twin multiply_by_gate(twin_net *net, dice *d) {
    twin x = flip(d) ? any_map(net, d) : any_tokens(net, d);
    twin gate = twin_global_average_pool(net, x);
    return twin_multiply(net, x, twin_unary(net, gate, mien_sigmoid, naive_sigmoid));
}

static twin relu(twin_net *net, dice *d) {
    return twin_relu(net, widened(net, any_shape(net, d)));
}

static twin clamp(twin_net *net, dice *d) {
    const float low = (float)seeded_between(d, 0, 20) - 15;
    return twin_clamp(net, widened(net, any_shape(net, d)), low,
                      low + (float)seeded_between(d, 1, 12));
}

static twin gelu(twin_net *net, dice *d) {
    return twin_unary(net, widened(net, any_shape(net, d)), mien_gelu, naive_gelu);
}

static twin sigmoid(twin_net *net, dice *d) {
    return twin_unary(net, widened(net, any_shape(net, d)), mien_sigmoid, naive_sigmoid);
}

static twin silu(twin_net *net, dice *d) {
    return twin_unary(net, widened(net, any_shape(net, d)), mien_silu, naive_silu);
}

static twin hard_swish(twin_net *net, dice *d) {
    return twin_unary(net, widened(net, any_shape(net, d)), mien_hard_swish, naive_hard_swish);
}

static twin softmax(twin_net *net, dice *d) {
    return twin_softmax(net, widened(net, any_shape(net, d)));
}

static twin dropout(twin_net *net, dice *d) {
    twin x = twin_training_only(net, any_shape(net, d), mien_dropout, 0.5f);
    return flip(d) ? twin_relu(net, x) : x;
}

static twin stochastic_depth(twin_net *net, dice *d) {
    twin x = any_shape(net, d);
    return twin_add(net, x, twin_training_only(net, x, mien_stochastic_depth, 0.25f));
}

// --- Moving numbers ------------------------------------------------------------------------------

static twin pad(twin_net *net, dice *d) {
    const mien_padding padding = {seeded_between(d, 0, 3), seeded_between(d, 0, 3),
                                  seeded_between(d, 0, 3), seeded_between(d, 0, 3)};
    return twin_pad(net, any_map(net, d), padding, flip(d) ? seeded_between(d, 0, 40) : 0);
}

static twin flatten(twin_net *net, dice *d) {
    twin x = any_shape(net, d);
    return twin_flatten(net, x, flip(d) ? MIEN_FLATTEN_CHW : MIEN_FLATTEN_HWC);
}

static twin tokens(twin_net *net, dice *d) {
    return any_tokens(net, d);
}

static twin class_token(twin_net *net, dice *d) {
    return twin_class_token(net, any_tokens(net, d), "op");
}

static twin position_embedding(twin_net *net, dice *d) {
    return twin_position_embedding(net, any_tokens(net, d), "op");
}

static twin select_token(twin_net *net, dice *d) {
    twin x = any_tokens(net, d);
    return twin_select_token(net, x, seeded_between(d, 0, (uint32_t)x.value->shape.dim[0] - 1));
}

static twin attention(twin_net *net, dice *d) {
    const uint32_t heads = seeded_between(d, 1, 6), width = seeded_between(d, 1, 40);
    const uint32_t height = any_extent(d);
    twin x = twin_input(net, height, any_extent(d), 3 * heads * width);
    return twin_attention(net, twin_tokens(net, x), heads);
}

#define ROW(name) {#name, name, STRICT}
const struct random_operator random_operators[] = {
    {"convolution", convolution, LOOSE},
    {"padded_3x3_convolution", padded_3x3_convolution, LOOSE},
    ROW(pointwise_convolution),
    ROW(grouped_convolution),
    ROW(depthwise_convolution),
    ROW(max_pool),
    ROW(average_pool),
    ROW(global_average_pool),
    ROW(linear),
    ROW(batch_norm),
    ROW(layer_norm),
    ROW(add),
    ROW(multiply),
    ROW(multiply_by_gate),
    ROW(relu),
    ROW(clamp),
    {"gelu", gelu, LOOSE},
    ROW(sigmoid),
    ROW(silu),
    ROW(hard_swish),
    ROW(softmax),
    ROW(dropout),
    ROW(stochastic_depth),
    ROW(pad),
    ROW(flatten),
    ROW(tokens),
    ROW(class_token),
    ROW(position_embedding),
    ROW(select_token),
    ROW(attention),
};

const size_t random_operator_count = sizeof random_operators / sizeof *random_operators;
