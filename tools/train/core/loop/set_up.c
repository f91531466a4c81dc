// SPDX-License-Identifier: Apache-2.0
// From a recipe to a trainer that can start.
#include "tools/train/core/loop/trainer.h"

#include "tools/train/core/loop/checkpoint.h"
#include "tools/train/core/loop/file.h"
#include "tools/train/core/loop/start.h"
#include "tools/train/core/loop/state.h"
#include "tools/train/core/optimizer/rates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

char *mien_trainer_path(const mien_trainer *trainer, const char *name) {
    char *path = NULL;
    return asprintf(&path, "%s/%s", trainer->options.output, name) < 0 ? NULL : path;
}

char *mien_trainer_named_path(const mien_trainer *trainer, const char *ending) {
    char *path = NULL;
    return asprintf(&path, "%s/%s%s", trainer->options.output, trainer->manifest->name.text,
                    ending) < 0
               ? NULL
               : path;
}

static mien_precision choose_precision(const mien_trainer *trainer) {
    enum { AUTO, F32, BF16 };
    const int32_t wish = trainer->recipe->train.precision;
    if (wish == F32) {
        return MIEN_PRECISION_F32;
    }
    const bool pays = mien_precision_pays(MIEN_PRECISION_BF16);
    if (wish == BF16 && !pays) {
        mien_trainer_say("this processor has no bf16 products (avx512_bf16); training in f32");
    }
    if (pays) {
        mien_trainer_say("products in bf16, all else in f32");
    }
    return pays ? MIEN_PRECISION_BF16 : MIEN_PRECISION_F32;
}

static mien_status set_up_optimizer(mien_trainer *trainer, mien_error *error) {
    const mien_recipe_optimizer *const recipe = &trainer->recipe->optimizer;
    size_t count;
    mien_network_parameters(trainer->network, &count);
    double *const scales = calloc(count + 1, sizeof *scales);
    if (!scales) {
        return mien_fail_memory(error, "rates");
    }
    mien_rates_scale(trainer->network, recipe->layer_decay, recipe->head_rate, scales);
    const mien_optimizer_options options = {
        .rule = (mien_optimizer_rule)recipe->rule,
        .momentum = recipe->momentum,
        .nesterov = recipe->nesterov,
        .beta1 = recipe->beta1,
        .beta2 = recipe->beta2,
        .epsilon = recipe->epsilon,
        .weight_decay = recipe->weight_decay,
        .clip = recipe->clip,
        .average = recipe->average,
        .scales = scales,
    };
    const mien_status status =
        mien_optimizer_create(trainer->network, &options, &trainer->optimizer, error);
    free(scales);
    return status;
}

static mien_status make_network(mien_trainer *trainer, mien_error *error) {
    const uint32_t threads =
        trainer->options.threads ? trainer->options.threads : trainer->recipe->train.threads;
    const mien_network_options options = {
        .batch = trainer->rows,
        .precision = choose_precision(trainer),
        .threads = threads,
        .seed = trainer->recipe->train.seed,
        .reducer = mien_processes_reducer(trainer->options.processes),
    };
    return mien_network_create(trainer->declaration->graph, &options, &trainer->network, error);
}

static mien_status set_up_network(mien_trainer *trainer, mien_error *error) {
    mien_status status = make_network(trainer, error);
    return status == MIEN_OK ? mien_start(trainer, error) : status;
}

/// Statistics of the pictures. Of a run that goes on, a checkpoint has them.
static mien_status refresh(mien_trainer *trainer, mien_error *error) {
    const bool wanted =
        trainer->recipe->start.statistics == MIEN_STATISTICS_REFRESH && !trainer->options.resume;
    return wanted ? mien_start_refresh(trainer, error) : MIEN_OK;
}

static mien_status set_up_feeder(mien_trainer *trainer, mien_error *error) {
    const mien_recipe_manifest *const recipe = trainer->recipe;
    const mien_recipe_augment *const a = &recipe->augment;
    const mien_feeder_options options = {
        .dataset = trainer->dataset,
        .indices = trainer->training,
        .count = trainer->training_count,
        .input = &trainer->declaration->input,
        .classes = trainer->classes,
        .batch = trainer->batch,
        .processes = mien_processes_count(trainer->options.processes),
        .rank = mien_processes_rank(trainer->options.processes),
        .seed = recipe->train.seed,
        .augmentation = {a->flip, a->rotate, a->scale, a->shift, a->brightness, a->contrast,
                         a->erase, a->erase_area, a->mix, a->mixup, a->cutmix},
        .sampling = (mien_sampling)recipe->data.sampling,
        .label_smoothing = recipe->loss.label_smoothing,
        .teacher = trainer->teacher,
        .teacher_weight = trainer->teacher ? recipe->distill.weight : 0,
    };
    return mien_feeder_open(&options, (uint64_t)trainer->numbers.step, &trainer->feeder, error);
}

/// Opens and locks the folder; what cannot be written to is known now, not after the first epoch.
static mien_status open_output(mien_trainer *trainer, mien_error *error) {
    const char *const output = trainer->options.output;
    // The lock ends with the process, however that ends.
    trainer->lock = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (trainer->lock < 0) {
        return mien_fail(error, MIEN_IO, "cannot open the folder '%s': %s", output,
                         strerror(errno));
    }
    if (flock(trainer->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "another mien train is at work in %s; give another --output", output);
    }
    return faccessat(AT_FDCWD, output, W_OK | X_OK, AT_EACCESS) == 0
               ? MIEN_OK
               : mien_fail(error, MIEN_IO, "cannot write to the folder '%s': %s", output,
                           strerror(errno));
}

static mien_status find_checkpoint(const mien_trainer *trainer, bool *there, mien_error *error) {
    char *const path = mien_trainer_path(trainer, MIEN_CHECKPOINT_FILE);
    if (!path) {
        return mien_fail_memory(error, "a path");
    }
    *there = access(path, F_OK) == 0;
    free(path);
    return MIEN_OK;
}

/// Checkpoints are large, and a run may be killed often.
static mien_status clear_output(const mien_trainer *trainer, mien_error *error) {
    static const char *const endings[] = {".safetensors", MIEN_NEW_WEIGHTS, ".yaml"};
    static const char *const names[] = {MIEN_CHECKPOINT_FILE, "history.csv", "report.html"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        mien_file_clear(trainer->options.output, names[i]);
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *name = NULL;
        if (asprintf(&name, "%s%s", trainer->manifest->name.text, endings[i]) < 0) {
            return mien_fail_memory(error, "a file's name");
        }
        mien_file_clear(trainer->options.output, name);
        free(name);
    }
    return MIEN_OK;
}

/// A run that took hours shall not be lost to a command that was meant for another folder.
static mien_status set_up_output(mien_trainer *trainer, mien_error *error) {
    const char *const output = trainer->options.output;
    const bool resume = trainer->options.resume;
    bool there = false;
    mien_status status = find_checkpoint(trainer, &there, error);
    if (status == MIEN_OK && resume && !there) {
        return mien_fail(error, MIEN_NOT_FOUND,
                         "%s holds no " MIEN_CHECKPOINT_FILE " to go on from; without --resume a "
                         "run begins there",
                         output);
    }
    if (status == MIEN_OK) {
        status = mien_folder_make(output, error);
    }
    if (status == MIEN_OK) {
        status = open_output(trainer, error);
    }
    if (status == MIEN_OK) { // again: what held the lock before may have written one
        status = find_checkpoint(trainer, &there, error);
    }
    if (status == MIEN_OK && there && !resume) {
        return mien_fail(error, MIEN_INVALID_ARGUMENT,
                         "%s holds a run already; --resume goes on with it, another --output "
                         "starts anew",
                         output);
    }
    return status == MIEN_OK ? clear_output(trainer, error) : status;
}

static mien_status set_up_callbacks(mien_trainer *trainer, mien_error *error) {
    size_t count = 0;
    while (mien_callback_kinds[count]) {
        count++;
    }
    trainer->callbacks = calloc(count, sizeof *trainer->callbacks);
    if (!trainer->callbacks) {
        return mien_fail_memory(error, "callbacks");
    }
    for (int stage = MIEN_STAGE_DECIDE; stage <= MIEN_STAGE_TELL; stage++) {
        for (size_t i = 0; i < count; i++) {
            const mien_callback_kind *const kind = mien_callback_kinds[i];
            if ((int)kind->stage != stage) {
                continue;
            }
            void *const state = calloc(1, kind->state_size + 1);
            if (!state) {
                return mien_fail_memory(error, "callbacks");
            }
            trainer->callbacks[trainer->callback_count++] = (mien_callback){kind, state};
        }
    }
    return MIEN_OK;
}

static mien_status share_batch(mien_trainer *trainer, mien_error *error) {
    const uint32_t processes = mien_processes_count(trainer->options.processes);
    trainer->rows = trainer->batch / processes;
    return trainer->batch % processes == 0
               ? MIEN_OK
               : mien_fail(error, MIEN_BAD_INPUT,
                           "a batch of %zu cannot be shared evenly among %u processes; set "
                           "train.batch to a multiple",
                           trainer->batch, processes);
}

static mien_status set_up_data(mien_trainer *trainer, mien_error *error) {
    mien_status status = mien_trainer_read_data(trainer, error);
    if (status == MIEN_OK && trainer->training_count < trainer->batch) {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "%zu pictures to learn from are less than a batch of %zu; lower "
                           "train.batch",
                           trainer->training_count, trainer->batch);
    }
    // The statistics are taken on the pictures of all.
    status = mien_processes_agree(trainer->options.processes, status, error);
    if (status != MIEN_OK) {
        return status;
    }
    trainer->epoch_steps = trainer->training_count / trainer->batch;
    return refresh(trainer, error);
}

static mien_status set_up(mien_trainer *trainer, mien_error *error) {
    mien_status status = share_batch(trainer, error);
    const bool writes =
        trainer->options.output && mien_processes_rank(trainer->options.processes) == 0;
    if (status == MIEN_OK && writes) {
        status = set_up_output(trainer, error);
    }
    // What a recipe names is looked at before its pictures, which may take minutes.
    if (status == MIEN_OK) {
        status = set_up_network(trainer, error);
    }
    if (status == MIEN_OK) {
        status = mien_trainer_find_teacher(trainer, error);
    }
    if (status == MIEN_OK) {
        status = set_up_data(trainer, error);
    }
    if (status == MIEN_OK) {
        status = set_up_optimizer(trainer, error);
    }
    if (status == MIEN_OK) {
        status = set_up_callbacks(trainer, error);
    }
    if (status == MIEN_OK && trainer->options.resume) {
        status = mien_checkpoint_load(trainer, error);
    }
    if (status == MIEN_OK) {
        status = set_up_feeder(trainer, error);
    }
    return status;
}

/// What a report is made of; the data comes last, for it takes longest.
static mien_status set_up_report(mien_trainer *trainer, mien_error *error) {
    trainer->rows = trainer->batch;
    mien_status status = open_output(trainer, error);
    if (status == MIEN_OK) {
        status = make_network(trainer, error);
    }
    if (status == MIEN_OK) {
        status = mien_trainer_take_weights(trainer, error);
    }
    return status == MIEN_OK ? mien_trainer_read_data(trainer, error) : status;
}

mien_status mien_trainer_create(const mien_declaration *declaration,
                                const mien_trainer_options *options, mien_trainer **trainer,
                                mien_error *error) {
    if (!declaration->graph) {
        return mien_fail(error, MIEN_UNSUPPORTED,
                         "plugin %s computes by itself, without a graph, so it cannot be trained",
                         declaration->manifest->model.plugin.text);
    }
    mien_trainer *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "a trainer");
    }
    made->declaration = declaration;
    made->manifest = declaration->manifest;
    made->recipe = &declaration->manifest->recipe;
    made->options = *options;
    made->classes = made->recipe->model.classes.count;
    made->batch = made->recipe->train.batch;
    made->numbers.best_accuracy = -1;
    made->lock = -1;
    const mien_status status =
        options->report_only ? set_up_report(made, error) : set_up(made, error);
    if (status != MIEN_OK) {
        mien_trainer_free(made);
        return status;
    }
    *trainer = made;
    return MIEN_OK;
}

void mien_trainer_free(mien_trainer *trainer) {
    if (!trainer) {
        return;
    }
    mien_feeder_close(trainer->feeder);
    mien_optimizer_free(trainer->optimizer);
    mien_network_free(trainer->network);
    mien_dataset_free(trainer->dataset);
    for (size_t i = 0; i < trainer->callback_count; i++) {
        free(trainer->callbacks[i].state);
    }
    free(trainer->callbacks);
    mien_teacher_free(trainer->asked);
    free(trainer->teacher);
    free(trainer->class_weights);
    free(trainer->training);
    free(trainer->validation);
    if (trainer->lock >= 0) {
        close(trainer->lock);
    }
    free(trainer);
}
