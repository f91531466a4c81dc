// SPDX-License-Identifier: Apache-2.0
// bench-attention: our blocked attention against XNNPACK's operators, one thread: a transpose that
// takes the stacked queries, keys and values apart by heads, a batched product, softmax, a second
// product, and a transpose back. XNNPACK's queries are scaled before the clock starts.
#include "mien/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xnnpack.h>

enum { TURNS = 41, SLACK = 32 };

typedef struct shape {
    const char *model;
    size_t tokens, heads, width; ///< width of a head
} shape;

typedef struct xnnpack {
    xnn_operator_t apart, scores, softmax, output, together;
    float *stacked;  ///< {tokens, 3, heads, width}
    float *separate; ///< {3, heads, tokens, width}
    float *weights;  ///< {heads, tokens, tokens}
    float *by_heads; ///< {heads, tokens, width}
    float *result;   ///< {tokens, heads, width}
    void *workspace;
} xnnpack;

static void must(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "bench-attention: %s failed\n", what);
        exit(1);
    }
}

static float *numbers(size_t count) {
    float *block = calloc(count + SLACK, sizeof *block);
    must(block != NULL, "an allocation");
    return block;
}

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static void make_xnnpack(const shape *s, const float *stacked, xnnpack *x) {
    const size_t channels = s->heads * s->width, count = s->tokens * channels;
    *x = (xnnpack){.stacked = numbers(3 * count),
                   .separate = numbers(3 * count),
                   .weights = numbers(s->heads * s->tokens * s->tokens),
                   .by_heads = numbers(count),
                   .result = numbers(count)};
    for (size_t i = 0; i < 3 * count; i++) {
        const bool query = i % (3 * channels) < channels;
        x->stacked[i] = stacked[i] * (query ? 1.0f / sqrtf((float)s->width) : 1.0f);
    }
    must(!xnn_create_transpose_nd_x32(0, &x->apart) &&
             !xnn_create_batch_matrix_multiply_nc_f32(XNN_FLAG_TRANSPOSE_B, &x->scores) &&
             !xnn_create_softmax_nc_f32(0, &x->softmax) &&
             !xnn_create_batch_matrix_multiply_nc_f32(0, &x->output) &&
             !xnn_create_transpose_nd_x32(0, &x->together),
         "making XNNPACK's operators");
}

static void open_xnnpack(const shape *s, const float *stacked, xnnpack *x) {
    const size_t count = s->heads * s->tokens * s->width, batch[] = {s->heads};
    const size_t whole[] = {s->tokens, 3, s->heads, s->width}, by_part[] = {1, 2, 0, 3};
    const size_t parts[] = {s->heads, s->tokens, s->width}, by_token[] = {1, 0, 2};
    size_t first = 0, second = 0, alignment = 0;
    make_xnnpack(s, stacked, x);
    must(!xnn_reshape_transpose_nd_x32(x->apart, 4, whole, by_part, NULL) &&
             !xnn_reshape_batch_matrix_multiply_nc_f32(x->scores, 1, batch, batch, s->tokens,
                                                       s->width, s->tokens, &first, &alignment,
                                                       NULL) &&
             !xnn_reshape_softmax_nc_f32(x->softmax, s->tokens, s->tokens, s->tokens,
                                         s->heads * s->tokens, NULL) &&
             !xnn_reshape_batch_matrix_multiply_nc_f32(x->output, 1, batch, batch, s->tokens,
                                                       s->tokens, s->width, &second, &alignment,
                                                       NULL) &&
             !xnn_reshape_transpose_nd_x32(x->together, 3, parts, by_token, NULL),
         "shaping XNNPACK's operators");
    must(posix_memalign(&x->workspace, 64, (first > second ? first : second) + 64) == 0,
         "an allocation");
    must(!xnn_setup_transpose_nd_x32(x->apart, x->stacked, x->separate) &&
             !xnn_setup_batch_matrix_multiply_nc_f32(x->scores, x->workspace, x->separate,
                                                     x->separate + count, x->weights) &&
             !xnn_setup_softmax_nc_f32(x->softmax, x->weights, x->weights) &&
             !xnn_setup_batch_matrix_multiply_nc_f32(x->output, x->workspace, x->weights,
                                                     x->separate + 2 * count, x->by_heads) &&
             !xnn_setup_transpose_nd_x32(x->together, x->by_heads, x->result),
         "setting up XNNPACK's operators");
}

static double run_xnnpack(const xnnpack *x) {
    const double start = milliseconds();
    must(!xnn_run_operator(x->apart, NULL) && !xnn_run_operator(x->scores, NULL) &&
             !xnn_run_operator(x->softmax, NULL) && !xnn_run_operator(x->output, NULL) &&
             !xnn_run_operator(x->together, NULL),
         "running XNNPACK's operators");
    return milliseconds() - start;
}

static void close_xnnpack(xnnpack *x) {
    xnn_delete_operator(x->apart);
    xnn_delete_operator(x->scores);
    xnn_delete_operator(x->softmax);
    xnn_delete_operator(x->output);
    xnn_delete_operator(x->together);
    free(x->stacked);
    free(x->separate);
    free(x->weights);
    free(x->by_heads);
    free(x->result);
    free(x->workspace);
}

/// A session of nothing but attention, whose values stay readable.
static mien_session *open_session(const shape *s, mien_graph **graph, mien_context **context) {
    static const char no_weights[] = "\2\0\0\0\0\0\0\0{}";
    const size_t channels = s->heads * s->width;
    mien_error error = MIEN_ERROR_INIT;
    mien_weights *weights = NULL;
    mien_session *session = NULL;
    must(mien_graph_create(graph, &error) == MIEN_OK, error.message);
    mien_node x = mien_input(*graph, (uint32_t)s->tokens, 1, (uint32_t)(3 * channels));
    mien_node attention = mien_attention(*graph, mien_tokens(*graph, x), (uint32_t)s->heads);
    mien_node mean = mien_global_average_pool(*graph, attention);
    must(mien_graph_finish(*graph, mean, &error) == MIEN_OK &&
             mien_weights_open_memory(no_weights, sizeof no_weights - 1, &weights, &error) ==
                 MIEN_OK &&
             mien_session_create(*graph, weights, MIEN_SESSION_OPTIONS(.extra_output = attention),
                                 &session, &error) == MIEN_OK &&
             mien_context_create(session, 1, context, &error) == MIEN_OK,
         error.message);
    mien_weights_close(weights);
    return session;
}

/// The attention step alone.
static double run_session(mien_context *context, const float *stacked) {
    mien_step_profile steps[4];
    mien_error error = MIEN_ERROR_INIT;
    must(mien_context_step_count(context) <= 4 &&
             mien_context_profile(context, stacked, 1, 1, steps, sizeof *steps, &error) == MIEN_OK,
         "a profile");
    return steps[0].milliseconds;
}

static void check_equal(const shape *s, const float *ours, const float *theirs) {
    for (size_t i = 0; i < s->tokens * s->heads * s->width; i++) {
        must(fabsf(ours[i] - theirs[i]) < 1e-4f, "agreement");
    }
}

static void race(const shape *s) {
    const size_t channels = s->heads * s->width;
    float *stacked = numbers(s->tokens * 3 * channels);
    for (size_t i = 0; i < s->tokens * 3 * channels; i++) {
        stacked[i] = sinf((float)(i * 7 % 1000));
    }
    xnnpack theirs;
    mien_graph *graph = NULL;
    mien_context *context = NULL;
    open_xnnpack(s, stacked, &theirs);
    mien_session *session = open_session(s, &graph, &context);
    double ours_ms[TURNS], theirs_ms[TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
        ours_ms[turn] = run_session(context, stacked);
        theirs_ms[turn] = run_xnnpack(&theirs);
    }
    check_equal(s, mien_context_activation(context), theirs.result);
    qsort(ours_ms, TURNS, sizeof *ours_ms, ascending);
    qsort(theirs_ms, TURNS, sizeof *theirs_ms, ascending);
    const double ours = ours_ms[TURNS / 2], other = theirs_ms[TURNS / 2];
    printf("%-16s %6zu %5zu %5zu %8.3f %10.3f %6.2f\n", s->model, s->tokens, s->heads, s->width,
           ours, other, ours / other);
    mien_context_free(context);
    mien_session_free(session);
    mien_graph_free(graph);
    close_xnnpack(&theirs);
    free(stacked);
}

int main(void) {
    static const shape shapes[] = {
        {"vit-tiny, 224", 197, 3, 64},
        {"vit-b-16, 224", 197, 12, 64},
        {"compact, 64", 64, 6, 32},
        {"compact, 144", 144, 3, 64},
    };
    must(xnn_initialize(NULL) == xnn_status_success, "starting XNNPACK");
    printf("%-16s %6s %5s %5s %8s %10s %6s\n", "LIKE", "TOKENS", "HEADS", "WIDTH", "mien ms",
           "XNNPACK ms", "RATIO");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        race(&shapes[i]);
    }
    return 0;
}
