// SPDX-License-Identifier: Apache-2.0
// Gradients of every operator against slopes of the naive reference in double precision: the
// logit's change when the pictures move a little along a direction.
#include "support/everything.h"
#include "support/random_operators.h"

#include "mien/gradient.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES = 6, MAX_BATCH = 2, READOUTS = 3, DIRECTIONS = 2 };

// Of the length of the gradient along the direction, component by component. Single precision
// leaves 1e-5 in the worst of these cases; Winograd's transforms are behind that.
#define TOLERANCE 1e-4
#define STEP 1e-6

typedef twin declaration(twin_net *net, void *user);

/// All outputs count: a few seeded sums of them are what is differentiated.
static twin read_out(twin_net *net, twin x) {
    if (x.value->shape.rank > 1) {
        x = twin_flatten(net, x, MIEN_FLATTEN_HWC);
    }
    return twin_linear(net, x, "readout", READOUTS, true);
}

/// Logits of the reference with its pictures moved; free() them.
static double *reference_logits(declaration *declare, void *user, size_t batch, double slide,
                                uint32_t direction) {
    twin_net net = twin_open(batch);
    net.slide = slide;
    net.direction = direction;
    const twin last = declare(&net, user);
    const size_t count = batch * naive_elements(last.value);
    double *logits = malloc(count * sizeof *logits);
    ck_assert_ptr_nonnull(logits);
    for (size_t i = 0; i < count; i++) {
        logits[i] = last.value->data[i];
    }
    twin_close(&net);
    return logits;
}

typedef struct gradients {
    size_t batch, elements, classes;
    uint32_t *chosen;
    float *values; ///< batch × elements of the picture
} gradients;

#define SUCCEEDS(call) ck_assert_msg((call) == MIEN_OK, "%s", error.message)

/// Runs the gradient of the graph with respect to its picture.
static gradients compute(declaration *declare, void *user, size_t batch, struct seeded_dice *dice,
                         const char *label) {
    mien_error error = MIEN_ERROR_INIT;
    mien_session *session = NULL;
    mien_context *context = NULL;
    twin_net net = twin_open(batch);
    const twin last = declare(&net, user);
    twin_finish(&net, last);
    const mien_shape shape = mien_graph_input_shape(net.graph);
    gradients g = {.batch = batch, .classes = naive_elements(last.value)};
    ck_assert(mien_shape_elements(&shape, &g.elements));
    g.chosen = malloc(batch * sizeof *g.chosen);
    g.values = malloc(batch * g.elements * sizeof *g.values);
    float *logits = malloc(batch * g.classes * sizeof *logits);
    ck_assert(g.chosen && g.values && logits);
    for (size_t i = 0; i < batch; i++) {
        g.chosen[i] = seeded_between(dice, 0, (uint32_t)g.classes - 1);
    }
    const mien_node picture = 0;
    const mien_plan plan = seeded_between(dice, 0, 1) ? MIEN_PLAN_FAST : MIEN_PLAN_SMALL;
    struct memory_weights weights = memory_weights_make(net.graph, seeded_parameter, NULL);
    SUCCEEDS(mien_gradient_session_create(
        net.graph, weights.weights,
        MIEN_GRADIENT_OPTIONS(.layers = &picture, .layer_count = 1, .plan = plan), &session,
        &error));
    memory_weights_free(&weights);
    SUCCEEDS(mien_context_create(session, seeded_between(dice, 1, 2), &context, &error));
    SUCCEEDS(mien_context_gradient(context, net.pictures, batch, g.chosen, logits, &error));
    ck_assert_msg(twin_error(logits, last.value->data, batch * g.classes) < 1e-4,
                  "%s: the logits differ", label);
    memcpy(g.values, mien_context_layer_gradient(context, 0),
           batch * g.elements * sizeof *g.values);
    ck_assert_mem_eq(mien_context_layer(context, 0), net.pictures,
                     batch * g.elements * sizeof *g.values);
    mien_context_free(context);
    mien_session_free(session);
    free(logits);
    twin_close(&net);
    return g;
}

static void check_direction(declaration *declare, void *user, const gradients *g,
                            uint32_t direction, const char *label) {
    double *above = reference_logits(declare, user, g->batch, STEP, direction);
    double *below = reference_logits(declare, user, g->batch, -STEP, direction);
    for (size_t i = 0; i < g->batch; i++) {
        double slope = 0, squares = 0;
        for (size_t k = 0; k < g->elements; k++) {
            const size_t at = i * g->elements + k;
            const double part = g->values[at] * twin_direction(direction, at);
            slope += part;
            squares += part * part;
        }
        const size_t logit = i * g->classes + g->chosen[i];
        const double expected = (above[logit] - below[logit]) / (2 * STEP);
        ck_assert_msg(fabs(slope - expected) <= TOLERANCE * sqrt(squares) + 1e-6,
                      "%s, picture %zu of %zu, direction %u: the slope is %g, not %g (of %g)",
                      label, i, g->batch, direction, slope, expected, sqrt(squares));
    }
    free(above);
    free(below);
}

static void check(declaration *declare, void *user, size_t batch, struct seeded_dice *dice,
                  const char *label) {
    gradients g = compute(declare, user, batch, dice, label);
    for (uint32_t direction = 0; direction < DIRECTIONS; direction++) {
        check_direction(declare, user, &g, direction, label);
    }
    free(g.chosen);
    free(g.values);
}

struct random_case {
    const struct random_operator *operator_;
    struct seeded_dice dice;
};

static twin declare_random(twin_net *net, void *user) {
    struct random_case again = *(struct random_case *)user; // the same dice each time
    return read_out(net, again.operator_->declare(net, &again.dice));
}

START_TEST(test_gradient_of_an_operator_is_the_slope) {
    for (uint32_t number = 0; number < CASES; number++) {
        char label[64];
        snprintf(label, sizeof label, "%s %u", random_operators[_i].name, number);
        struct random_case random = {&random_operators[_i], {label, 0}};
        struct seeded_dice dice = {label, 1000};
        check(declare_random, &random, seeded_between(&dice, 1, MAX_BATCH), &dice, label);
    }
}
END_TEST

static twin declare_everything(twin_net *net, void *user) {
    (void)user;
    return everything_declare(net, NULL);
}

START_TEST(test_gradient_of_a_whole_network_is_the_slope) {
    struct seeded_dice dice = {"everything", 0};
    check(declare_everything, NULL, 4, &dice, "everything");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("gradients");
    TCase *cases = tcase_create("gradients");
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, test_gradient_of_an_operator_is_the_slope, 0,
                        (int)random_operator_count);
    tcase_add_test(cases, test_gradient_of_a_whole_network_is_the_slope);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
