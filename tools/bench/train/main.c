// SPDX-License-Identifier: Apache-2.0
// One full training step of a plugin's network, again and again, for tools/bench/train_peers:
//
//     bench-train PLUGIN.so SIDE CHANNELS CLASSES BATCH THREADS [KEY VALUE]...
//
// answers each line with a number of steps on standard input by the seconds that they took.
// Pictures and targets stay the same; a step is forward, loss, backward and SGD with Nesterov
// momentum.
#include "host/plugin_library.h"
#include "tools/train/core/engine/network.h"
#include "tools/train/core/loss.h"
#include "tools/train/core/optimizer/optimizer.h"
#include "zoo/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { PLUGIN = 1, SIDE, CHANNELS, CLASSES, BATCH, THREADS, FIRST_KEY };

typedef struct training {
    mien_graph *graph;
    mien_network *network;
    mien_optimizer *optimizer;
    float *targets;
    size_t batch, classes;
} training;

static mien_status declare(char **arguments, mien_graph **graph, mien_error *error) {
    mien_plugin_library *library = NULL;
    mien_config *config = NULL;
    mien_status status = mien_plugin_library_open(arguments[PLUGIN], NULL, &library, error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_plugin *plugin = mien_plugin_library_descriptor(library);
    mien_input_spec input = *plugin->input;
    input.height = input.width = (uint32_t)strtoul(arguments[SIDE], NULL, 10);
    input.channels = (uint32_t)strtoul(arguments[CHANNELS], NULL, 10);
    status = mien_config_create(plugin, &input, (uint32_t)strtoul(arguments[CLASSES], NULL, 10),
                                &config, error);
    for (char **item = arguments + FIRST_KEY; status == MIEN_OK && item[0] && item[1]; item += 2) {
        status = mien_config_set(config, item[0], item[1], error);
    }
    if (status == MIEN_OK) {
        status = mien_graph_create(graph, error);
    }
    if (status == MIEN_OK) {
        status = mien_graph_finish(*graph, plugin->build(config, *graph), error);
    }
    mien_config_free(config);
    mien_plugin_library_close(library);
    return status;
}

static mien_status prepare(training *bench, char **arguments, mien_error *error) {
    mien_status status = declare(arguments, &bench->graph, error);
    if (status != MIEN_OK) {
        return status;
    }
    bench->batch = strtoul(arguments[BATCH], NULL, 10);
    bench->classes = mien_graph_classes(bench->graph);
    const mien_network_options options = {
        .batch = bench->batch,
        .threads = (uint32_t)strtoul(arguments[THREADS], NULL, 10),
        .seed = 1,
    };
    const mien_optimizer_options sgd = {
        .rule = MIEN_OPTIMIZER_SGD, .momentum = 0.9, .nesterov = true, .weight_decay = 5e-4};
    status = mien_network_create(bench->graph, &options, &bench->network, error);
    if (status == MIEN_OK) {
        mien_network_initialize(bench->network, 1);
        status = mien_optimizer_create(bench->network, &sgd, &bench->optimizer, error);
    }
    if (status != MIEN_OK) {
        return status;
    }
    bench->targets = calloc(bench->batch * bench->classes, sizeof *bench->targets);
    if (!bench->targets) {
        return mien_fail_memory(error, "targets");
    }
    const mien_shape shape = mien_graph_input_shape(bench->graph);
    const size_t numbers = bench->batch * shape.dim[0] * shape.dim[1] * shape.dim[2];
    for (size_t i = 0; i < numbers; i++) {
        mien_network_input(bench->network)[i] = (float)(i * 7919 % 1009) / 504.5f - 1;
    }
    for (size_t n = 0; n < bench->batch; n++) {
        bench->targets[n * bench->classes + n % bench->classes] = 1;
    }
    return MIEN_OK;
}

static mien_status step(training *bench, uint64_t number, mien_error *error) {
    mien_status status = mien_network_forward(bench->network, MIEN_MODE_TRAIN, number, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_loss_cross_entropy(mien_network_logits(bench->network), bench->targets, NULL, bench->batch,
                            bench->classes, mien_network_logit_gradients(bench->network));
    status = mien_network_backward(bench->network, error);
    if (status == MIEN_OK) {
        mien_optimizer_step(bench->optimizer, 1e-3);
    }
    return status;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static mien_status serve(training *bench, mien_error *error) {
    char line[32];
    uint64_t number = 0;
    while (fgets(line, sizeof line, stdin)) {
        const unsigned long steps = strtoul(line, NULL, 10);
        const double start = now();
        for (unsigned long i = 0; i < steps; i++) {
            mien_status status = step(bench, number++, error);
            if (status != MIEN_OK) {
                return status;
            }
        }
        const double seconds = now() - start;
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        printf("{\"seconds\": %.6f, \"peak_bytes\": %ld}\n", seconds, usage.ru_maxrss * 1024);
        fflush(stdout);
    }
    return MIEN_OK;
}

int main(int count, char **arguments) {
    if (count < FIRST_KEY) {
        fputs("Usage: bench-train PLUGIN.so SIDE CHANNELS CLASSES BATCH THREADS [KEY VALUE]...\n",
              stderr);
        return 2;
    }
    mien_error error = MIEN_ERROR_INIT;
    training bench = {0};
    mien_status status = prepare(&bench, arguments, &error);
    if (status == MIEN_OK) {
        status = serve(&bench, &error);
    }
    if (status != MIEN_OK) {
        fprintf(stderr, "bench-train: %s\n", error.message);
    }
    mien_optimizer_free(bench.optimizer);
    mien_network_free(bench.network);
    mien_graph_free(bench.graph);
    free(bench.targets);
    return status == MIEN_OK ? 0 : 1;
}
