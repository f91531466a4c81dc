// SPDX-License-Identifier: Apache-2.0
// `mien bench`: latency and throughput of models, by threads.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/json_output.h"
#include "host/cli/shared.h"
#include "host/cli/text.h"
#include "host/cli/text_table.h"

#include <stdlib.h>

typedef struct {
    mien_text_list threads;
    int64_t batch;
    double seconds;
    bool json;
    int plan;
} values;

/// One model at one number of threads.
typedef struct {
    uint32_t threads;
    double median, slow;       ///< milliseconds of one picture: 50th and 95th percentile
    double batch_milliseconds; ///< median of a batch
    size_t runs, packed_bytes, arena_bytes;
} result;

static mien_status measure(mien_answerer *model, const values *options, result *measured,
                           mien_error *error) {
    size_t batch = (size_t)options->batch;
    mien_batch input;
    mien_timing single = {0}, many = {0};
    mien_status status = mien_batch_create(model, batch, &input, error);
    if (status == MIEN_OK) {
        status = mien_time_model(model, &input, 1, options->seconds, &single, error);
    }
    if (status == MIEN_OK) {
        status = mien_time_model(model, &input, batch, options->seconds, &many, error);
    }
    if (status == MIEN_OK) {
        measured->median = mien_timing_quantile(&single, 0.5);
        measured->slow = mien_timing_quantile(&single, 0.95);
        measured->runs = single.count;
        measured->batch_milliseconds = mien_timing_quantile(&many, 0.5);
        const mien_answerer_size size = mien_answerer_measure(model);
        measured->packed_bytes = size.packed_bytes;
        measured->arena_bytes = size.arena_bytes;
    }
    free(single.milliseconds);
    free(many.milliseconds);
    mien_batch_clear(&input);
    return status;
}

static mien_status bench(mien_registry *registry, const char *name, const values *options,
                         result *measured, mien_error *error) {
    mien_answerer *model = NULL;
    mien_model_options how = {.threads = measured->threads, .plan = (mien_plan)options->plan};
    mien_status status = mien_answerer_load(registry, name, &how, &model, error);
    if (status == MIEN_OK) {
        status = measure(model, options, measured, error);
    }
    mien_answerer_free(model);
    return status;
}

static double per_second(const values *options, const result *measured) {
    return 1e3 * (double)options->batch / measured->batch_milliseconds;
}

static void add_row(mien_text_table *table, const char *name, const values *options,
                    const result *measured) {
    char bytes[MIEN_TEXT_NUMBER];
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", name);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%u", measured->threads);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.3f", measured->median);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.3f", measured->slow);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.3f", measured->batch_milliseconds);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%.0f", per_second(options, measured));
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         measured->packed_bytes ? mien_text_bytes(measured->packed_bytes, bytes)
                                                : "-");
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%s",
                         measured->arena_bytes ? mien_text_bytes(measured->arena_bytes, bytes)
                                               : "-");
}

static mien_status write_json(const char *name, const values *options, const result *measured,
                              const mien_error *problem, mien_error *error) {
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *object = yyjson_mut_obj(document);
    yyjson_mut_doc_set_root(document, object);
    mien_json_add_text(document, object, "model", name);
    yyjson_mut_obj_add_uint(document, object, "threads", measured->threads);
    if (problem->status != MIEN_OK) {
        mien_json_add_text(document, object, "error", problem->message);
    } else {
        yyjson_mut_obj_add_str(document, object, "plan", mien_plan_names[options->plan]);
        mien_json_add_number(document, object, "latency_p50_ms", measured->median, 6);
        mien_json_add_number(document, object, "latency_p95_ms", measured->slow, 6);
        yyjson_mut_obj_add_uint(document, object, "runs", measured->runs);
        yyjson_mut_obj_add_int(document, object, "batch", options->batch);
        mien_json_add_number(document, object, "batch_ms", measured->batch_milliseconds, 6);
        mien_json_add_number(document, object, "pictures_per_second", per_second(options, measured),
                             6);
        yyjson_mut_obj_add_uint(document, object, "packed_bytes", measured->packed_bytes);
        yyjson_mut_obj_add_uint(document, object, "arena_bytes", measured->arena_bytes);
    }
    mien_status status = mien_json_write(document, false, stdout, error);
    yyjson_mut_doc_free(document);
    return status;
}

/// One row of the output. A model that fails is a row with its error, kept in `*failure`.
static mien_status add_result(mien_registry *registry, const char *name, const values *options,
                              uint32_t threads, mien_text_table *table, mien_status *failure,
                              mien_error *error) {
    result measured = {.threads = threads};
    mien_error problem = MIEN_ERROR_INIT;
    mien_status status = bench(registry, name, options, &measured, &problem);
    if (status == MIEN_CANCELLED) {
        *error = problem;
        return status;
    }
    *failure = *failure == MIEN_OK ? status : *failure;
    if (options->json) {
        status = write_json(name, options, &measured, &problem, error);
        return status == MIEN_OK ? mien_flush_output(error) : status;
    }
    if (status == MIEN_OK) {
        add_row(table, name, options, &measured);
        return MIEN_OK;
    }
    mien_text_table_cell(table, MIEN_STYLE_STRONG, "%s", name);
    mien_text_table_cell(table, MIEN_STYLE_PLAIN, "%u", threads);
    mien_text_table_cell(table, MIEN_STYLE_BAD, "%s", problem.message);
    mien_text_table_end_row(table);
    return MIEN_OK;
}

static mien_text_table *create_table(const values *options) {
    char batch[64];
    snprintf(batch, sizeof batch, "BATCH %lld MS", (long long)options->batch);
    const mien_text_column columns[] = {
        {.title = "MODEL"},
        {.title = "THREADS", .right = true},
        {.title = "P50 MS", .right = true},
        {.title = "P95 MS", .right = true},
        {.title = batch, .right = true},
        {.title = "PICTURES/S", .right = true},
        {.title = "PACKED", .right = true},
        {.title = "ARENA", .right = true},
    };
    return mien_text_table_create(columns, sizeof columns / sizeof *columns);
}

static mien_status bench_all(mien_registry *registry, const mien_selection *selection,
                             const values *options, const uint32_t *threads, size_t thread_count,
                             mien_status *failure, mien_error *error) {
    mien_text_table *table = create_table(options);
    mien_status status = table ? MIEN_OK : mien_fail_memory(error, "a table");
    for (size_t i = 0; i < selection->count && status == MIEN_OK; i++) {
        for (size_t j = 0; j < thread_count && status == MIEN_OK; j++) {
            status = add_result(registry, selection->names[i], options, threads[j], table, failure,
                                error);
        }
    }
    if (status == MIEN_OK && !options->json) {
        status = mien_text_table_write(table, stdout, error);
    }
    mien_text_table_free(table);
    return status;
}

enum { MOST_THREAD_COUNTS = 16, MOST_THREADS = 1024 };

static mien_status read_threads(const values *options, uint32_t threads[MOST_THREAD_COUNTS],
                                size_t *count, mien_error *error) {
    threads[0] = mien_thread_count(0);
    *count = options->threads.count ? options->threads.count : 1;
    if (*count > MOST_THREAD_COUNTS) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT, "--threads may be given %d times at most",
                         MOST_THREAD_COUNTS);
    }
    for (size_t i = 0; i < options->threads.count; i++) {
        const char *text = options->threads.items[i];
        char *end;
        unsigned long value = strtoul(text, &end, 10);
        if (*text < '0' || *text > '9' || *end || value < 1 || value > MOST_THREADS) {
            return mien_fail(error, MIEN_INVALID_ARGUMENT,
                             "--threads takes a whole number from 1 to %d, not '%s'", MOST_THREADS,
                             text);
        }
        threads[i] = (uint32_t)value;
    }
    return MIEN_OK;
}

static int run(const mien_arguments *arguments) {
    const values *options = arguments->values;
    mien_error error = MIEN_ERROR_INIT;
    mien_registry *registry = NULL;
    mien_selection selection = {0};
    mien_status failure = MIEN_OK;
    uint32_t threads[MOST_THREAD_COUNTS];
    size_t thread_count = 0;
    mien_interrupt_watch();
    mien_status status = read_threads(options, threads, &thread_count, &error);
    if (status == MIEN_OK) {
        status = mien_registry_create(NULL, &registry, &error);
    }
    if (status == MIEN_OK) {
        status = mien_select_models(registry, arguments->operands, arguments->operand_count,
                                    MIEN_SELECT_ALL, &selection, &error);
    }
    if (status == MIEN_OK) {
        status = bench_all(registry, &selection, options, threads, thread_count, &failure, &error);
    }
    mien_selection_free(&selection);
    mien_registry_free(registry);
    return status == MIEN_OK ? mien_exit_code(failure) : mien_exit_with("bench", status, &error);
}

static const mien_option options[] = {
    MIEN_INTEGER_OPTION(values, batch, "batch", 'b', "N", "8", 1, 1024,
                        "pictures a run, for the throughput"),
    MIEN_LIST_OPTION(values, threads, "threads", 't', "N", MIEN_ARGUMENT_OTHER,
                     "threads a network runs on, a row for each; 1 unless given"),
    MIEN_NUMBER_OPTION(values, seconds, "seconds", 's', "SECONDS", "1", 0, 3600,
                       "time for each measurement"),
    MIEN_PLAN_OPTION(values),
    MIEN_JSON_OPTION(values, "one JSON object a row, one a line"),
};

static const mien_example examples[] = {
    {"mien bench --threads 1 --threads 2", "Every trained model, on one and two threads"},
};

const mien_command mien_bench_command = {
    .name = "bench",
    .summary = "Measure latency and throughput of models",
    .operands = "[MODEL]...",
    .most = SIZE_MAX,
    .operand_kind = MIEN_ARGUMENT_MODEL,
    .description =
        "Measures each MODEL, or every model that has weights: the latency of one picture (median "
        "and 95th percentile), the median time of a batch and the pictures a second that follow "
        "from it, bytes of packed weights and of activations. Decoding and resizing are not in it.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .values_size = sizeof(values),
    .examples = examples,
    .example_count = sizeof examples / sizeof *examples,
    .run = run,
};
