// SPDX-License-Identifier: Apache-2.0
// Any bytes as a table of results, every field of which is then looked at.
#include "host/cli/csv_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char prefix[] = "t.csv:";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    mien_csv *table = NULL;
    mien_error error = MIEN_ERROR_INIT;
    mien_status status = mien_csv_parse(bytes, size, "t.csv", &table, &error);
    if (status != MIEN_OK &&
        (status != MIEN_BAD_INPUT || strncmp(error.message, prefix, sizeof prefix - 1) != 0)) {
        abort(); // a failure must say where
    }
    int column = status == MIEN_OK ? mien_csv_column(table, "model") : MIEN_CSV_NO_COLUMN;
    size_t length = 0;
    for (size_t i = 0; column != MIEN_CSV_NO_COLUMN && i < mien_csv_rows(table); i++) {
        for (int k = 0; k <= column; k++) {
            length += strlen(mien_csv_field(table, i, k));
        }
    }
    if (length > size) {
        abort(); // fields lie side by side
    }
    mien_csv_free(table);
    return 0;
}
