// SPDX-License-Identifier: Apache-2.0
// bench-peers: Mien against ONNX Runtime. tools/bench/peers sets up what it needs and runs it.
#include "tools/bench/race/report.h"

#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/options.h"
#include "host/cli/progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    mien_text_list models, batches, threads;
    const char *folder;
    double seconds;
    bool json, fastest;
} values;

/// What each network aims for: the largest ratio to the faster ONNX Runtime's time.
static const struct {
    const char *name;
    double target;
} networks[] = {
    {"cnn-baseline", 0.8}, {"resnet-18", 0.55}, {"resnet-50", 0.75},
    {"vit-b-16", 0.95},    {"vit-tiny", 0.95},
};
enum { NETWORKS = sizeof networks / sizeof *networks, MOST_CHOICES = 8, MOST_THREADS = 1024 };

/// What is raced: every network at every batch on every number of threads.
typedef struct {
    size_t networks[NETWORKS], network_count;
    uint32_t batches[MOST_CHOICES], threads[MOST_CHOICES];
    size_t batch_count, thread_count;
} plan;

static mien_status read_numbers(const mien_text_list *list, const char *option, uint32_t most,
                                uint32_t *numbers, size_t *count, mien_error *error) {
    if (list->count > MOST_CHOICES) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "--%s may be given %d times at most", option,
                         MOST_CHOICES);
    }
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i];
        char *end;
        const unsigned long value = strtoul(text, &end, 10);
        if (*text < '0' || *text > '9' || *end || value < 1 || value > most) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "--%s takes a whole number from 1 to %u, not '%s'", option, most,
                             text);
        }
        numbers[i] = (uint32_t)value;
    }
    *count = list->count ? list->count : *count;
    return MIEN_OK;
}

static mien_status read_models(const mien_text_list *list, plan *races, mien_error *error) {
    races->network_count = 0;
    for (size_t i = 0; i < NETWORKS; i++) {
        bool wanted = list->count == 0;
        for (size_t j = 0; j < list->count; j++) {
            wanted = wanted || strcmp(list->items[j], networks[i].name) == 0;
        }
        if (wanted) {
            races->networks[races->network_count++] = i;
        }
    }
    for (size_t j = 0; j < list->count; j++) {
        size_t i = 0;
        while (i < NETWORKS && strcmp(list->items[j], networks[i].name) != 0) {
            i++;
        }
        if (i == NETWORKS) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "there is no network '%s'; there are cnn-baseline, resnet-18, "
                             "resnet-50, vit-b-16 and vit-tiny",
                             list->items[j]);
        }
    }
    return MIEN_OK;
}

/// The files of one network, and what its cases point to.
typedef struct {
    char manifest[4096], onnx[4096], reference[4096];
    mien_weights *weights; ///< reference
    mien_race_case what;
    size_t batch; ///< pictures there are
} network_files;

static mien_status open_files(const char *folder, const char *name, network_files *files,
                              mien_error *error) {
    snprintf(files->manifest, sizeof files->manifest, "%s/models/%s.yaml", folder, name);
    snprintf(files->onnx, sizeof files->onnx, "%s/models/%s.onnx", folder, name);
    snprintf(files->reference, sizeof files->reference, "%s/models/%s.reference.safetensors",
             folder, name);
    const mien_status status = mien_weights_open(files->reference, NULL, &files->weights, error);
    if (status != MIEN_OK) {
        return status;
    }
    const mien_tensor *nhwc = mien_weights_find(files->weights, "nhwc");
    const mien_tensor *nchw = mien_weights_find(files->weights, "nchw");
    const mien_tensor *logits = mien_weights_find(files->weights, "logits");
    if (!nhwc || !nchw || !logits || nhwc->shape.rank != 4 || nchw->bytes != nhwc->bytes ||
        logits->shape.rank != 2 || logits->shape.dim[0] != nhwc->shape.dim[0]) {
        mien_weights_close(files->weights);
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s is not what tools/bench/export.py writes; delete it and run "
                         "tools/bench/peers again",
                         files->reference);
    }
    files->batch = nhwc->shape.dim[0];
    files->what = (mien_race_case){.model = name,
                                   .manifest = files->manifest,
                                   .onnx = files->onnx,
                                   .reference = files->reference,
                                   .nhwc = nhwc->data,
                                   .nchw = nchw->data,
                                   .expected = logits->data,
                                   .height = nhwc->shape.dim[1],
                                   .width = nhwc->shape.dim[2],
                                   .channels = nhwc->shape.dim[3],
                                   .classes = logits->shape.dim[1]};
    return MIEN_OK;
}

/// All that the races share.
typedef struct {
    const values *options;
    const plan *races;
    mien_race_engine *engines[MIEN_RACE_ENGINES];
    mien_race_report report;
    mien_progress progress;
    size_t done;
} bench;

static mien_status race_case_once(bench *self, const mien_race_case *what, double target,
                                  mien_error *error) {
    mien_race_result result;
    const mien_race_rules rules = {self->options->seconds, self->options->fastest};
    mien_status status = mien_race_run(self->engines, what, &rules, &result, error);
    if (status == MIEN_OK) {
        mien_progress_make_way(&self->progress);
        status = mien_race_report_add(&self->report, self->engines, what, &result, target, error);
        mien_progress_update(&self->progress, ++self->done);
    }
    return status;
}

static mien_status race_network(bench *self, size_t network, mien_error *error) {
    network_files files;
    mien_status status = open_files(self->options->folder, networks[network].name, &files, error);
    if (status != MIEN_OK) {
        return status;
    }
    mien_race_case what = files.what;
    for (size_t t = 0; t < self->races->thread_count && status == MIEN_OK; t++) {
        for (size_t b = 0; b < self->races->batch_count && status == MIEN_OK; b++) {
            what.threads = self->races->threads[t];
            what.batch = self->races->batches[b];
            status = what.batch > files.batch
                         ? mien_fail(error, MIEN_INVALID_ARGUMENT,
                                     "--batch is %zu at most, the pictures that were exported",
                                     files.batch)
                         : race_case_once(self, &what, networks[network].target, error);
        }
    }
    mien_weights_close(files.weights);
    return status;
}

static mien_status race_all(bench *self, mien_error *error) {
    const plan *races = self->races;
    mien_status status =
        mien_race_report_begin(&self->report, self->engines, self->options->json, error);
    self->report.fastest = self->options->fastest;
    mien_progress_start(&self->progress,
                        races->network_count * races->batch_count * races->thread_count);
    mien_progress_update(&self->progress, 0);
    for (size_t i = 0; i < races->network_count && status == MIEN_OK; i++) {
        status = race_network(self, races->networks[i], error);
    }
    mien_progress_clear(&self->progress);
    const mien_status ended = mien_race_report_end(&self->report, status == MIEN_OK ? error : NULL);
    return status == MIEN_OK ? ended : status;
}

static mien_status run(const values *options, const plan *races, mien_error *error) {
    char node[4096];
    bench self = {.options = options, .races = races};
    snprintf(node, sizeof node, "%s/node", options->folder);
    mien_status status = mien_race_ours_open(&self.engines[MIEN_RACE_OURS], error);
    if (status == MIEN_OK) {
        status = mien_race_onnx_open(&self.engines[1], error);
    }
    if (status == MIEN_OK) {
        status = mien_race_node_open(node, &self.engines[2], error);
    }
    if (status == MIEN_OK) {
        status = race_all(&self, error);
    }
    for (size_t i = 0; i < MIEN_RACE_ENGINES; i++) {
        if (self.engines[i]) {
            self.engines[i]->kind->close(self.engines[i]);
        }
    }
    return status;
}

static const mien_option options[] = {
    MIEN_LIST_OPTION(values, models, "model", 'm', "MODEL", MIEN_ARGUMENT_OTHER, "network"),
    MIEN_LIST_OPTION(values, batches, "batch", 'b', "N", MIEN_ARGUMENT_OTHER, "pictures a run"),
    MIEN_LIST_OPTION(values, threads, "threads", 't', "N", MIEN_ARGUMENT_OTHER, "threads"),
    MIEN_NUMBER_OPTION(values, seconds, "seconds", 's', "SECONDS", "2", 0, 3600,
                       "time for each engine in each row"),
    MIEN_FLAG_OPTION(values, fastest, "fastest", 0, "compare the fastest runs"),
    MIEN_FLAG_OPTION(values, json, "json", 0, "one JSON object a row and peer, one a line"),
    MIEN_TEXT_OPTION(values, folder, "folder", 0, "FOLDER", MIEN_ARGUMENT_FOLDER,
                     "what tools/bench/peers prepared"),
};
static const mien_command command = {.name = "peers",
                                     .operands = "",
                                     .options = options,
                                     .option_count = sizeof options / sizeof *options,
                                     .values_size = sizeof(values)};

static mien_status start(int count, char **words, mien_error *error) {
    plan races = {.batches = {1, 8}, .batch_count = 2, .threads = {1, 2}, .thread_count = 2};
    mien_arguments arguments;
    mien_status status = mien_arguments_parse(&command, count - 1, words + 1, &arguments, error);
    if (status != MIEN_OK) {
        return status;
    }
    const values *given = arguments.values;
    if (!given->folder) {
        status = mien_fail(error, MIEN_INVALID_ARGUMENT, "--folder is missing");
    }
    if (status == MIEN_OK) {
        status = read_models(&given->models, &races, error);
    }
    if (status == MIEN_OK) {
        status = read_numbers(&given->batches, "batch", UINT32_MAX, races.batches,
                              &races.batch_count, error);
    }
    if (status == MIEN_OK) {
        status = read_numbers(&given->threads, "threads", MOST_THREADS, races.threads,
                              &races.thread_count, error);
    }
    if (status == MIEN_OK) {
        status = run(given, &races, error);
    }
    mien_arguments_free(&arguments);
    return status;
}

int main(int count, char **words) {
    mien_error error = MIEN_ERROR_INIT;
    mien_interrupt_watch();
    signal(SIGPIPE, SIG_IGN); // a Node that died is an error to report
    const mien_status status = start(count, words, &error);
    const int code =
        status == MIEN_OK ? MIEN_EXIT_DONE : mien_exit_with(command.name, status, &error);
    return mien_finish_output(command.name, code);
}
