// SPDX-License-Identifier: Apache-2.0
/// @file
/// A network declared once and computed twice: as a graph on a session, and by support/naive.h.
/// Pictures and parameters are seeded (support/seeded.h). Any mistake fails the test.
#ifndef TESTS_SUPPORT_TWIN_H
#define TESTS_SUPPORT_TWIN_H

#include "support/naive.h"

#include "mien/session.h"

enum { TWIN_NODES = 64 };

typedef struct twin {
    mien_node node;
    const naive *value; ///< the net's
} twin;

/// One number of a parameter, away from its seeded value in the reference: for the slopes that
/// gradients are checked against.
typedef struct twin_nudge {
    const char *parameter; ///< full name
    size_t index;
    double by;
} twin_nudge;

typedef struct twin_net {
    mien_graph *graph;
    size_t batch;
    float *pictures;
    float *extra; ///< after twin_run() with an extra output: its activations
    twin nodes[TWIN_NODES];
    size_t count;
    twin_nudge nudge; ///< set between twin_open() and the declarations
    /// The same for pictures, which the reference moves by so much along twin_direction().
    double slide;
    uint32_t direction;
} twin_net;

twin_net twin_open(size_t batch);
void twin_close(twin_net *net);

/// Component `index` of a seeded direction among pictures; odd directions are mostly zeros.
double twin_direction(uint32_t direction, size_t index);

twin twin_input(twin_net *net, uint32_t height, uint32_t width, uint32_t channels);
twin twin_conv2d(twin_net *net, twin x, const char *name, const mien_conv2d_options *options);
twin twin_linear(twin_net *net, twin x, const char *name, uint32_t features, bool bias);
twin twin_batch_norm(twin_net *net, twin x, const char *name, float epsilon);
twin twin_layer_norm(twin_net *net, twin x, const char *name, float epsilon);
twin twin_add(twin_net *net, twin a, twin b);
twin twin_multiply(twin_net *net, twin a, twin b);
twin twin_unary(twin_net *net, twin x, mien_node (*graph)(mien_graph *, mien_node),
                double (*reference)(double));
twin twin_clamp(twin_net *net, twin x, float low, float high);
twin twin_max_pool2d(twin_net *net, twin x, const mien_pool2d_options *options);
twin twin_average_pool2d(twin_net *net, twin x, const mien_pool2d_options *options);
twin twin_global_average_pool(twin_net *net, twin x);
twin twin_pad(twin_net *net, twin x, mien_padding padding, uint32_t channels_after);
twin twin_flatten(twin_net *net, twin x, mien_flatten_order order);
twin twin_tokens(twin_net *net, twin x);
twin twin_class_token(twin_net *net, twin x, const char *parameter);
twin twin_position_embedding(twin_net *net, twin x, const char *parameter);
twin twin_select_token(twin_net *net, twin x, uint32_t index);
twin twin_attention(twin_net *net, twin qkv, uint32_t heads);
/// What acts in training only: dropout or stochastic depth.
twin twin_training_only(twin_net *net, twin x, mien_node (*graph)(mien_graph *, mien_node, float),
                        float rate);
twin twin_softmax(twin_net *net, twin x);

static inline twin twin_relu(twin_net *net, twin x) {
    return twin_unary(net, x, mien_relu, naive_relu);
}

/// Finishes the graph with `last`, flattened, as its output, and checks every node's shape against
/// its twin's.
void twin_finish(twin_net *net, twin last);

/// As twin_finish(), and runs the graph. Returns batch × elements of `last`; free() it.
float *twin_run(twin_net *net, twin last, const mien_session_options *options, uint32_t threads);

/// As twin_run(), and checks it: fails the test when the result, or the extra output's activations,
/// differ from the reference by more than `tolerance` of its largest value. `label` says which case
/// it is; the message goes on with the whole network.
void twin_check(twin_net *net, twin last, const mien_session_options *options, uint32_t threads,
                double tolerance, const char *label);

/// Largest |difference| over the largest |reference|; a NaN counts as infinite.
double twin_error(const float *values, const double *reference, size_t count);

#endif
