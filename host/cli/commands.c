// SPDX-License-Identifier: Apache-2.0
#include "host/cli/commands.h"

#include "host/cli/companion.h"
#include "host/registry.h"

#include <string.h>

const mien_command *const mien_commands[] = {
    &mien_list_command,       &mien_inspect_command,  &mien_check_command,   &mien_predict_command,
    &mien_compare_command,    &mien_evaluate_command, &mien_explain_command, &mien_fit_command,
    &mien_sweep_command,      &mien_report_command,   &mien_bench_command,   &mien_schema_command,
    &mien_completion_command, &mien_help_command,
};
const size_t mien_command_count = sizeof mien_commands / sizeof *mien_commands;

const mien_command *mien_command_find(const char *name) {
    for (size_t i = 0; i < mien_command_count; i++) {
        if (strcmp(mien_commands[i]->name, name) == 0) {
            return mien_commands[i];
        }
    }
    return NULL;
}

static void write_line(void *file, const char *name, const char *summary) {
    fprintf(file, "  %-12s %s\n", name, *summary ? summary : "(on the path)");
}

static void write_companion(void *file, const char *name, const char *summary) {
    if (!mien_command_find(name)) {
        write_line(file, name, summary);
    }
}

void mien_overview_write(FILE *file) {
    fputs("Usage: mien COMMAND [OPTION]... [OPERAND]...\n\n"
          "Mien runs models that recognise emotions in pictures of faces.\n\n"
          "Commands:\n",
          file);
    for (size_t i = 0; i < mien_command_count; i++) {
        write_line(file, mien_commands[i]->name, mien_commands[i]->summary);
    }
    fputs("\nCompanion programs (mien-NAME):\n", file);
    mien_companion_each(write_companion, file);
    fputs("\n'mien help COMMAND' says more; 'mien --version' prints the version.\n"
          "Exit status: 0 done, 1 failed, 2 wrong usage, 3 bad input.\n",
          file);
}

static void offer_models(mien_registry *registry,
                         void (*offer)(void *context, const char *name, const char *help),
                         void *context) {
    mien_registry_entry *entries = NULL;
    size_t count = 0;
    if (mien_registry_list(registry, &entries, &count, NULL) == MIEN_OK) {
        for (size_t i = 0; i < count; i++) {
            if (entries[i].manifest && (entries[i].manifest->kind == MIEN_KIND_MODEL ||
                                        entries[i].manifest->kind == MIEN_KIND_ENSEMBLE)) {
                offer(context, entries[i].name, entries[i].manifest->summary.text);
            }
        }
        mien_registry_entries_free(entries, count);
    }
}

void mien_known_names(mien_argument_kind kind,
                      void (*offer)(void *context, const char *name, const char *help),
                      void *context) {
    mien_registry *registry = NULL;
    if (kind == MIEN_ARGUMENT_COMMAND) {
        for (size_t i = 0; i < mien_command_count; i++) {
            offer(context, mien_commands[i]->name, mien_commands[i]->summary);
        }
        mien_companion_each(offer, context);
    } else if (kind == MIEN_ARGUMENT_MODEL &&
               mien_registry_create(NULL, &registry, NULL) == MIEN_OK) {
        offer_models(registry, offer, context);
        mien_registry_free(registry);
    }
}
