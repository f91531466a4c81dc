// SPDX-License-Identifier: Apache-2.0
// A guest as its host sees it.
#include "host/cli/guest_internal.h"
#include "host/cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct mien_guest {
    mien_apart *apart; ///< NULL: it was closed
    mien_guest_table table;
    mien_error fate; ///< how its process ended before it was closed; MIEN_OK: it did not
    mien_input_spec *rules;
    const mien_input_spec **rule_list; ///< pointers to them
    char *text;                        ///< that the names point into
    const char **names;                ///< of classes, then of members
    size_t rule_count, class_count, member_count;
    mien_guest_task task; ///< without its columns
};

mien_status mien_guest_create(mien_registry *registry, const char *name, mien_guest **guest,
                              mien_error *error) {
    mien_guest *const made = calloc(1, sizeof *made);
    if (!made) {
        return mien_fail_memory(error, "a model");
    }
    made->table.file = memfd_create("mien-guest", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    // What was given to a batch cannot be taken away by whom it is shared with.
    mien_status status =
        made->table.file >= 0 && fcntl(made->table.file, F_ADD_SEALS, F_SEAL_SHRINK) == 0
            ? MIEN_OK
            : mien_fail(error, MIEN_IO, "no memory can be shared (%s)", strerror(errno));
    if (status == MIEN_OK) {
        mien_guest_invitation invitation = {registry, name, made->table.file};
        status = mien_apart_start(mien_guest_serve, &invitation, &made->apart, error);
    }
    if (status != MIEN_OK) {
        mien_guest_free(made);
        return status;
    }
    *guest = made;
    return MIEN_OK;
}

static void forget_model(mien_guest *guest) {
    free(guest->rules);
    free((void *)guest->rule_list);
    free(guest->text);
    free((void *)guest->names);
    guest->rules = NULL;
    guest->rule_list = NULL;
    guest->text = NULL;
    guest->names = NULL;
    guest->rule_count = guest->class_count = guest->member_count = 0;
}

void mien_guest_free(mien_guest *guest) {
    if (!guest) {
        return;
    }
    mien_apart_end(guest->apart);
    mien_guest_table_clear(&guest->table);
    if (guest->table.file >= 0) {
        close(guest->table.file);
    }
    forget_model(guest);
    free(guest);
}

// --- Talk ----------------------------------------------------------------------------------------

/// Receives; `doing` is for the message when the process ends instead.
static mien_status receive(mien_guest *guest, void *bytes, size_t size, const char *doing,
                           mien_error *error) {
    mien_error problem = MIEN_ERROR_INIT;
    const mien_status status = mien_apart_receive(guest->apart, bytes, size, &problem);
    if (status == MIEN_PLUGIN) {
        mien_fail(&guest->fate, status, "%.256s while it %s", problem.message, doing);
        problem = guest->fate;
    }
    if (status != MIEN_OK && error) {
        *error = problem;
    }
    return status;
}

static mien_status ask(mien_guest *guest, const mien_guest_question *question, const char *doing,
                       mien_guest_reply *reply, mien_error *error) {
    if (guest->fate.status != MIEN_OK) {
        return mien_fail(error, guest->fate.status, "%s", guest->fate.message);
    }
    mien_apart_send(guest->apart, question, sizeof *question);
    if (question->verb == MIEN_GUEST_PREPARE) {
        mien_apart_send(guest->apart, question->task.columns,
                        question->task.classes * sizeof *question->task.columns);
    }
    const mien_status status = receive(guest, reply, sizeof *reply, doing, error);
    return status == MIEN_OK && reply->error.status != MIEN_OK
               ? mien_fail(error, reply->error.status, "%s", reply->error.message)
               : status;
}

// --- Loading -------------------------------------------------------------------------------------

static mien_status receive_model(mien_guest *guest, const mien_guest_reply *reply,
                                 const char *doing, mien_error *error) {
    guest->rules = calloc(reply->rules, sizeof *guest->rules);
    guest->rule_list = (const mien_input_spec **)calloc(reply->rules, sizeof *guest->rule_list);
    guest->text = malloc(reply->text_size);
    guest->names = (const char **)calloc(reply->classes + reply->members, sizeof *guest->names);
    if (!guest->rules || !guest->rule_list || !guest->text || !guest->names) {
        return mien_fail_memory(error, "a model");
    }
    mien_status status =
        receive(guest, guest->rules, reply->rules * sizeof *guest->rules, doing, error);
    if (status == MIEN_OK) {
        status = receive(guest, guest->text, reply->text_size, doing, error);
    }
    if (status != MIEN_OK) {
        return status;
    }
    guest->rule_count = reply->rules;
    guest->class_count = reply->classes;
    guest->member_count = reply->members;
    for (size_t i = 0; i < guest->rule_count; i++) {
        guest->rule_list[i] = &guest->rules[i];
    }
    return mien_line_split_texts(guest->text, reply->text_size, guest->names,
                                 guest->class_count + guest->member_count)
               ? MIEN_OK
               : mien_fail(error, MIEN_INTERNAL, "a model came with fewer names than classes");
}

mien_status mien_guest_load(mien_guest *guest, const mien_model_options *how, mien_error *error) {
    const char *const doing = guest->rules ? "was loaded anew" : "was loaded";
    const mien_guest_question question = {.verb = MIEN_GUEST_LOAD, .how = *how};
    mien_guest_reply reply;
    mien_guest_table_clear(&guest->table);
    forget_model(guest);
    mien_status status = ask(guest, &question, doing, &reply, error);
    return status == MIEN_OK ? receive_model(guest, &reply, doing, error) : status;
}

mien_status mien_guest_close(mien_guest *guest, mien_error *error) {
    const mien_guest_question question = {.verb = MIEN_GUEST_CLOSE};
    mien_guest_reply reply;
    if (!guest->apart || guest->fate.status != MIEN_OK) {
        return MIEN_OK;
    }
    const mien_status status = ask(guest, &question, "was closed", &reply, error);
    mien_apart_end(guest->apart);
    guest->apart = NULL;
    mien_guest_table_clear(&guest->table);
    return status;
}

size_t mien_guest_rules(const mien_guest *guest) {
    return guest->rule_count;
}

const mien_input_spec *mien_guest_rule(const mien_guest *guest, size_t rule) {
    return guest->rule_list[rule];
}

size_t mien_guest_classes(const mien_guest *guest) {
    return guest->class_count;
}

const char *mien_guest_class(const mien_guest *guest, size_t index) {
    return guest->names[index];
}

size_t mien_guest_find_class(const mien_guest *guest, const char *name) {
    size_t i = 0;
    while (i < guest->class_count && strcmp(guest->names[i], name) != 0) {
        i++;
    }
    return i;
}

size_t mien_guest_members(const mien_guest *guest) {
    return guest->member_count;
}

const char *mien_guest_member(const mien_guest *guest, size_t member) {
    return guest->names[guest->class_count + member];
}

// --- Answers -------------------------------------------------------------------------------------

mien_status mien_guest_prepare(mien_guest *guest, const mien_guest_task *task, mien_error *error) {
    const mien_guest_question question = {.verb = MIEN_GUEST_PREPARE, .task = *task};
    mien_guest_reply reply;
    mien_status status = mien_guest_table_lay(&guest->table, guest->rule_list, guest->rule_count,
                                              guest->member_count, task, true, error);
    if (status == MIEN_OK) {
        guest->task = *task;
        guest->task.columns = NULL;
        status = ask(guest, &question, "got ready", &reply, error);
    }
    return status;
}

void mien_guest_put(mien_guest *guest, size_t place, const float *const *prepared) {
    mien_batch_put(&guest->table.inputs, place, prepared);
}

mien_status mien_guest_put_image(mien_guest *guest, size_t place, const mien_image *image,
                                 mien_error *error) {
    return mien_batch_prepare(&guest->table.inputs, place, image, error);
}

mien_status mien_guest_answer(mien_guest *guest, size_t pictures, double *seconds,
                              mien_error *error) {
    const mien_guest_question question = {.verb = MIEN_GUEST_ANSWER, .pictures = pictures};
    mien_guest_reply reply;
    const mien_status status = ask(guest, &question, "answered", &reply, error);
    *seconds += status == MIEN_OK ? reply.seconds : 0;
    return status;
}

const double *mien_guest_shares(const mien_guest *guest) {
    return guest->table.shares;
}

const double *mien_guest_alone(const mien_guest *guest, size_t picture) {
    return guest->table.alone + picture * guest->member_count * guest->task.classes;
}

const double *mien_guest_rest(const mien_guest *guest, size_t picture) {
    return guest->table.rest + picture * guest->member_count * guest->task.classes;
}

mien_status mien_guest_time(mien_guest *guest, double seconds, mien_timing *timing,
                            mien_error *error) {
    static const char doing[] = "was timed";
    const mien_guest_question question = {.verb = MIEN_GUEST_TIME, .seconds = seconds};
    mien_guest_reply reply;
    mien_status status = ask(guest, &question, doing, &reply, error);
    if (status != MIEN_OK) {
        return status;
    }
    double *const milliseconds = calloc(reply.count, sizeof *milliseconds);
    status = milliseconds
                 ? receive(guest, milliseconds, reply.count * sizeof *milliseconds, doing, error)
                 : mien_fail_memory(error, "a measurement");
    if (status == MIEN_OK && mien_interrupted()) { // a terminal tells both, others this one alone
        status = mien_fail(error, MIEN_CANCELLED, "interrupted");
    }
    if (status != MIEN_OK) {
        free(milliseconds);
        return status;
    }
    *timing = (mien_timing){milliseconds, reply.count};
    return MIEN_OK;
}

mien_status mien_guest_measure(mien_guest *guest, mien_answerer_size *size, mien_error *error) {
    const mien_guest_question question = {.verb = MIEN_GUEST_MEASURE};
    mien_guest_reply reply;
    const mien_status status = ask(guest, &question, "was measured", &reply, error);
    if (status == MIEN_OK) {
        *size = reply.size;
    }
    return status;
}
