// SPDX-License-Identifier: Apache-2.0
#include "tools/train/core/loop/file.h"

#include "zoo/replace.h"

static bool write_text(FILE *file, const void *text) {
    return fputs(text, file) >= 0;
}

mien_status mien_file_replace(const char *path, const char *text, mien_error *error) {
    mien_status status = mien_replace_file(path, write_text, text, error);
    return mien_error_context(error, status, "%s", path);
}
