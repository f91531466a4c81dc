// SPDX-License-Identifier: Apache-2.0
/// @file
/// How Mien reports errors: a status code for programs, a message for people.
///
/// Every function that can fail returns a ::mien_status and takes a `mien_error *` as its last
/// argument. The message is written once, by the code that knows the cause. The pointer may be
/// NULL when only the code is wanted. Nothing in libmien prints, exits or aborts on bad input;
/// assertions guard against programmer errors only.
///
/// Three rules hold in every header of Mien and are not repeated there. A pointer may be NULL only
/// where its comment says so. Where a function fails, what its out-pointers point to is left as it
/// was. A struct either starts with its own size, and then later minor versions may append members
/// (a member is there when it lies within `size`), or it has none, and then it stays as it is for
/// as long as MIEN_ABI_MAJOR does.
#ifndef MIEN_STATUS_H
#define MIEN_STATUS_H

#include <stdarg.h>

#if defined(__GNUC__)
#define MIEN_API __attribute__((visibility("default")))
#define MIEN_PRINTF(format_index, first_index)                                                     \
    __attribute__((format(printf, format_index, first_index)))
#define MIEN_MUST_CHECK __attribute__((warn_unused_result))
#else
#define MIEN_API
#define MIEN_PRINTF(format_index, first_index)
#define MIEN_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// The one table of codes: X(constant, number, short text). Numbers never change; new ones are
/// appended.
#define MIEN_STATUS_TABLE(X)                                                                       \
    X(OK, 0, "ok")                                                                                 \
    X(INVALID_ARGUMENT, 1, "invalid argument")                                                     \
    X(BAD_INPUT, 2, "bad input")                                                                   \
    X(NOT_FOUND, 3, "not found")                                                                   \
    X(UNSUPPORTED, 4, "unsupported")                                                               \
    X(OUT_OF_MEMORY, 5, "out of memory")                                                           \
    X(IO, 6, "input/output error")                                                                 \
    X(ABI_MISMATCH, 7, "incompatible plugin ABI")                                                  \
    X(PLUGIN, 8, "plugin failure")                                                                 \
    X(CANCELLED, 9, "cancelled")                                                                   \
    X(INTERNAL, 10, "internal error")

typedef enum mien_status {
#define MIEN_STATUS_ENUM(name, number, text) MIEN_##name = number,
    MIEN_STATUS_TABLE(MIEN_STATUS_ENUM)
#undef MIEN_STATUS_ENUM
} mien_status;

enum { MIEN_ERROR_CAPACITY = 4096 };

/// A caller's place for a message; lives on the caller's stack, owns nothing. Start with
/// `mien_error error = MIEN_ERROR_INIT;`.
typedef struct mien_error {
    mien_status status;
    char message[MIEN_ERROR_CAPACITY]; ///< UTF-8, NUL-terminated, truncated with "..." when longer
} mien_error;

// clang-format off
#define MIEN_ERROR_INIT {MIEN_OK, {0}}
// clang-format on

/// Short text of a code ("bad input"); a borrowed static string, never NULL. [any thread]
MIEN_API const char *mien_status_text(mien_status status);

/// Writes status and message into `error` (which may be NULL) and returns `status`, so that
/// `return mien_fail(error, MIEN_BAD_INPUT, "...")` reads as one step. [any thread]
MIEN_API mien_status mien_fail(mien_error *error, mien_status status, const char *format, ...)
    MIEN_PRINTF(3, 4);

/// As mien_fail(), from a va_list. [any thread]
MIEN_API mien_status mien_fail_v(mien_error *error, mien_status status, const char *format,
                                 va_list arguments) MIEN_PRINTF(3, 0);

/// Puts "<context>: " in front of a message that is already there, when a caller knows what the
/// callee could not (which file, which model). Stores and returns the status. [any thread]
MIEN_API mien_status mien_error_context(mien_error *error, mien_status status, const char *format,
                                        ...) MIEN_PRINTF(3, 4);

/// Shorthand for the commonest failure; keeps messages equal everywhere. [any thread]
MIEN_API mien_status mien_fail_memory(mien_error *error, const char *what);

#ifdef __cplusplus
}
#endif
#endif
