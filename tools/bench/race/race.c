// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/race/race.h"

#include "host/cli/interrupt.h"
#include "host/cli/progress.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_RUNS = 20000, MOST_RUNS_A_TURN = 100, FEWEST_ROUNDS = 3 };

static const double tolerance = 1e-3;
static const double turn_seconds = 0.1;
// The threads of the engine before go on looking for work for some milliseconds, on processors
// that the next engine needs.
static const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};

/// The runs of one engine.
typedef struct {
    double *milliseconds;
    size_t count, turn; ///< runs so far, runs a turn
} lane;

/// Largest difference of two batches of logits, each picture's over its largest logit.
static double largest_difference(const mien_race_case *what, const float *logits,
                                 const float *expected) {
    double worst = 0;
    for (size_t n = 0; n < what->batch; n++) {
        double largest = 0, difference = 0;
        for (size_t i = n * what->classes; i < (n + 1) * what->classes; i++) {
            largest = fmax(largest, fabs((double)expected[i]));
            // A logit that is not a number must not pass for equal, as fmax() would let it.
            const double here = fabs((double)logits[i] - (double)expected[i]);
            difference = here <= difference ? difference : here;
        }
        worst = difference / largest <= worst ? worst : difference / largest;
    }
    return worst;
}

static mien_status compare(const mien_race_engine *engine, const mien_race_case *what,
                           const float *logits, const float *expected, const char *whose,
                           double *difference, mien_error *error) {
    *difference = largest_difference(what, logits, expected);
    if (*difference <= tolerance) {
        return MIEN_OK;
    }
    return mien_fail(error, MIEN_BAD_INPUT,
                     "%s, batch %zu: the logits of %s differ from %s by %.2g of the largest; at "
                     "most %g would be the same network",
                     what->model, what->batch, engine->name, whose, *difference, tolerance);
}

/// Runs each engine once, so that it is warm, and compares what it says.
static mien_status check(mien_race_engine *const engines[MIEN_RACE_ENGINES],
                         const mien_race_case *what, lane *lanes, mien_race_result *result,
                         mien_error *error) {
    const size_t numbers = what->batch * what->classes;
    float *ours = calloc(numbers, sizeof *ours), *theirs = calloc(numbers, sizeof *theirs);
    mien_status status = ours && theirs ? MIEN_OK : mien_fail_memory(error, "logits");
    for (size_t i = 0; i < MIEN_RACE_ENGINES && status == MIEN_OK; i++) {
        float *logits = i == MIEN_RACE_OURS ? ours : theirs;
        double milliseconds = 0;
        status = engines[i]->kind->run(engines[i], 1, &milliseconds, error);
        if (status == MIEN_OK) {
            status = engines[i]->kind->logits(engines[i], logits, error);
        }
        if (status == MIEN_OK) {
            status = compare(engines[i], what, logits, what->expected, "torch's",
                             &result->difference[i], error);
        }
        if (status == MIEN_OK) {
            status = compare(engines[i], what, logits, ours, "ours", &result->difference[i], error);
        }
        const double fitting = 1e3 * turn_seconds / fmax(milliseconds, 1e-3);
        lanes[i].turn = (size_t)fmin(fmax(fitting, 1), MOST_RUNS_A_TURN);
    }
    free(ours);
    free(theirs);
    return status;
}

/// One engine's turn: a run that brings its weights back into the caches, unless that would take
/// long and so matter little, and then those that count.
static mien_status take_turn(mien_race_engine *engine, lane *runs, mien_error *error) {
    nanosleep(&pause, NULL);
    double *to = runs->milliseconds + runs->count;
    mien_status status = MIEN_OK;
    if (runs->turn > 1) {
        status = engine->kind->run(engine, 1, to, error);
    }
    if (status == MIEN_OK) {
        status = engine->kind->run(engine, runs->turn, to, error);
    }
    runs->count += runs->turn;
    return mien_interrupted() ? mien_fail(error, MIEN_CANCELLED, "interrupted") : status;
}

static bool has_room(const lane *lanes) {
    bool room = true;
    for (size_t i = 0; i < MIEN_RACE_ENGINES; i++) {
        room = room && lanes[i].count + lanes[i].turn <= MOST_RUNS;
    }
    return room;
}

/// Turns until the time is over; who begins changes from round to round.
static mien_status take_turns(mien_race_engine *const engines[MIEN_RACE_ENGINES], double seconds,
                              lane *lanes, mien_error *error) {
    const double end = mien_seconds() + seconds * MIEN_RACE_ENGINES;
    mien_status status = MIEN_OK;
    for (size_t round = 0;
         status == MIEN_OK && has_room(lanes) && (round < FEWEST_ROUNDS || mien_seconds() < end);
         round++) {
        for (size_t i = 0; i < MIEN_RACE_ENGINES && status == MIEN_OK; i++) {
            const size_t next = (round + i) % MIEN_RACE_ENGINES;
            status = take_turn(engines[next], &lanes[next], error);
        }
    }
    return status;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double what_counts(lane *runs, bool fastest) {
    double *values = runs->milliseconds;
    qsort(values, runs->count, sizeof *values, by_size);
    return fastest ? values[0] : (values[(runs->count - 1) / 2] + values[runs->count / 2]) / 2;
}

static mien_status race(mien_race_engine *const engines[MIEN_RACE_ENGINES],
                        const mien_race_case *what, const mien_race_rules *rules,
                        mien_race_result *result, mien_error *error) {
    lane lanes[MIEN_RACE_ENGINES] = {0};
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < MIEN_RACE_ENGINES && status == MIEN_OK; i++) {
        lanes[i].milliseconds = calloc(MOST_RUNS, sizeof *lanes[i].milliseconds);
        status = lanes[i].milliseconds ? MIEN_OK : mien_fail_memory(error, "measurements");
    }
    if (status == MIEN_OK) {
        status = check(engines, what, lanes, result, error);
    }
    if (status == MIEN_OK) {
        status = take_turns(engines, rules->seconds, lanes, error);
    }
    for (size_t i = 0; i < MIEN_RACE_ENGINES; i++) {
        if (status == MIEN_OK) {
            result->runs[i] = lanes[i].count;
            result->milliseconds[i] = what_counts(&lanes[i], rules->fastest);
        }
        free(lanes[i].milliseconds);
    }
    return status;
}

mien_status mien_race_run(mien_race_engine *const engines[MIEN_RACE_ENGINES],
                          const mien_race_case *what, const mien_race_rules *rules,
                          mien_race_result *result, mien_error *error) {
    mien_status status = MIEN_OK;
    size_t loaded = 0;
    while (loaded < MIEN_RACE_ENGINES && status == MIEN_OK) {
        status = engines[loaded]->kind->load(engines[loaded], what, error);
        loaded += status == MIEN_OK;
    }
    if (status == MIEN_OK) {
        status = race(engines, what, rules, result, error);
    }
    while (loaded > 0) {
        loaded--;
        engines[loaded]->kind->unload(engines[loaded]);
    }
    // Ctrl-C goes to Node as well, whose end would else be taken for the reason.
    return mien_interrupted() ? mien_fail(error, MIEN_CANCELLED, "interrupted") : status;
}
