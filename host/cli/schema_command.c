// SPDX-License-Identifier: Apache-2.0
// `mien schema`.
#include "host/cli/commands.h"
#include "host/cli/exit_code.h"
#include "host/manifest.h"

static int run(const mien_arguments *arguments) {
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = mien_schema_write(stdout, &error);
    if (status != MIEN_OK) {
        return mien_exit_with(arguments->command->name, status, &error);
    }
    return MIEN_EXIT_DONE;
}

static const mien_example examples[] = {
    {"mien schema >manifest.schema.json", "For an editor's YAML plug-in"},
};

const mien_command mien_schema_command = {
    .name = "schema",
    .summary = "Print the JSON Schema of manifests",
    .operands = "",
    .description = "Editors that know JSON Schema complete and check manifests with it.",
    .examples = examples,
    .example_count = 1,
    .run = run,
};
