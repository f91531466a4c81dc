// SPDX-License-Identifier: Apache-2.0
/// @file
/// Gates and baseline of a command that measures models: options, read before the work begins, and
/// the judgement at its end.
#ifndef MIEN_HOST_CLI_JUDGE_H
#define MIEN_HOST_CLI_JUDGE_H

#include "host/cli/change.h"
#include "host/cli/options.h"

typedef struct mien_judge_options {
    mien_text_list fail_if, tolerances;
    const char *baseline, *junit;
    bool significant;
} mien_judge_options;

/// The options; `values` has a mien_judge_options called `judge`. What is judged is a `subject`,
/// and `file` holds `before`, its figures of another time.
#define MIEN_JUDGE_OPTIONS(values, subject, file, before)                                          \
    MIEN_LIST_OPTION(values, judge.fail_if, "fail-if", 0, "EXPRESSION", MIEN_ARGUMENT_OTHER,       \
                     "end with status 1 where this is so of any " subject                          \
                     ", such as 'accuracy < 0.85'"),                                               \
        MIEN_TEXT_OPTION(values, judge.baseline, "baseline", 0, file, MIEN_ARGUMENT_FILE,          \
                         "end with status 1 where a " subject " does worse than in " before),      \
        MIEN_LIST_OPTION(values, judge.tolerances, "tolerance", 0, "FIGURE=NUMBER[%]",             \
                         MIEN_ARGUMENT_OTHER,                                                      \
                         "how much worse than in the baseline a figure may be; accuracy=0 unless " \
                         "given"),                                                                 \
        MIEN_FLAG_OPTION(values, judge.significant, "significant", 0,                              \
                         "let what is worse than in the baseline count only where luck with the "  \
                         "pictures does not explain it"),                                          \
        MIEN_TEXT_OPTION(values, judge.junit, "junit", 0, "FILE.xml", MIEN_ARGUMENT_FILE,          \
                         "write what passed and what failed as JUnit XML")

/// Gates and tolerances as the options have them. With a baseline and no tolerance there is one:
/// the accuracy must not be lower.
typedef struct mien_criteria {
    mien_gate *gates;
    size_t gate_count;
    mien_tolerance *tolerances;
    size_t tolerance_count;
    bool significant;
} mien_criteria;

/// Whether what is judged lacks a figure that an option names; the reason, for a message, or NULL.
/// [any thread]
typedef const char *mien_figure_lack(const mien_named_figure *figure, const void *context);

/// Reads them, and sees that the report can be written. Free with mien_criteria_clear(), also after
/// a failure. Errors: MIEN_INVALID_ARGUMENT (what an option takes; options that go with others; a
/// figure that is lacking), mien_replace_check()'s, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_criteria_read(const mien_judge_options *options,
                                               mien_figure_lack *lack, const void *context,
                                               mien_criteria *criteria, mien_error *error);
/// Frees the members and zeroes the struct.
void mien_criteria_clear(mien_criteria *criteria);

typedef struct mien_judge mien_judge;

/// What an evaluation has besides what all have.
typedef struct mien_judge_grounds {
    bool votes, maps; ///< maps: how faithful they are
} mien_judge_grounds;

/// Reads gates, tolerances and baseline. Free with mien_judge_free(). Errors:
/// mien_criteria_read()'s, mien_baseline_read()'s, MIEN_OUT_OF_MEMORY.
MIEN_MUST_CHECK mien_status mien_judge_create(const mien_judge_options *options,
                                              const mien_judge_grounds *grounds, mien_judge **judge,
                                              mien_error *error);
/// NULL is allowed.
void mien_judge_free(mien_judge *judge);

/// Whether it asks for what is only known when latency is measured.
bool mien_judge_needs_costs(const mien_judge *judge);

/// Judges all rows, says what fell short on standard error, and writes the report if there is to be
/// one. `*passed`: nothing fell short. Errors: mien_baseline_judge()'s,
/// mien_verdicts_write_junit()'s.
MIEN_MUST_CHECK mien_status mien_judge_run(const mien_judge *judge,
                                           const mien_evaluation *evaluation, bool *passed,
                                           mien_error *error);

#endif
