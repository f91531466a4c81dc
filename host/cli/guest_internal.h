// SPDX-License-Identifier: Apache-2.0
/// @file
/// What a guest's two processes agree on: what is asked, what is answered, and where pictures and
/// probabilities lie in the memory that both see.
#ifndef MIEN_HOST_CLI_GUEST_INTERNAL_H
#define MIEN_HOST_CLI_GUEST_INTERNAL_H

#include "host/cli/apart.h"
#include "host/cli/guest.h"

typedef enum mien_guest_verb {
    MIEN_GUEST_LOAD,    ///< reply, then the rules, then the texts
    MIEN_GUEST_PREPARE, ///< question, then the columns; reply
    MIEN_GUEST_ANSWER,  ///< reply
    MIEN_GUEST_TIME,    ///< reply, then the milliseconds
    MIEN_GUEST_MEASURE, ///< reply
    MIEN_GUEST_CLOSE,   ///< reply
} mien_guest_verb;

typedef struct mien_guest_question {
    mien_guest_verb verb;
    mien_model_options how;
    mien_guest_task task; ///< its `columns` follow
    size_t pictures;
    double seconds;
} mien_guest_question;

typedef struct mien_guest_reply {
    mien_error error;
    double seconds;
    size_t count; ///< of milliseconds
    mien_answerer_size size;
    size_t rules, classes, members; ///< of what was loaded
    size_t text_size; ///< of the names of classes and members, each with a NUL at its end
} mien_guest_reply;

/// The memory that both see. Start with `= {.file = …}`.
typedef struct mien_guest_table {
    int file;
    void *memory; ///< NULL: none is mapped
    size_t size;
    mien_batch inputs;    ///< points into it
    double *shares;       ///< batch × classes
    double *alone, *rest; ///< batch × members × classes; NULL where members are not asked
} mien_guest_table;

/// Maps the memory, laid out for a task. `grows`: the file becomes as large as that needs, which
/// the parent does first. Errors: MIEN_OUT_OF_MEMORY, MIEN_IO.
MIEN_MUST_CHECK mien_status mien_guest_table_lay(mien_guest_table *table,
                                                 const mien_input_spec *const *rules,
                                                 size_t rule_count, size_t members,
                                                 const mien_guest_task *task, bool grows,
                                                 mien_error *error);
/// Unmaps it; the file stays open.
void mien_guest_table_clear(mien_guest_table *table);

/// What the child knows when it starts.
typedef struct mien_guest_invitation {
    mien_registry *registry;
    const char *name;
    int file; ///< of the table
} mien_guest_invitation;

/// The child's side, a mien_apart_service: answers questions until it is told to close. `context`
/// is a mien_guest_invitation.
void mien_guest_serve(void *context, int line);

#endif
