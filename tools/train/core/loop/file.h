// SPDX-License-Identifier: Apache-2.0
/// @file
/// Small text files that are whole at any time, and folders for them.
#ifndef MIEN_TRAIN_LOOP_FILE_H
#define MIEN_TRAIN_LOOP_FILE_H

#include "mien/status.h"

/// Writes `text` as the file `path`, through another name and a rename. Errors: MIEN_IO,
/// MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_file_replace(const char *path, const char *text,
                                              mien_error *error);

/// Makes the folder `path` and those on the way to it, where they are not there. Errors: MIEN_IO,
/// MIEN_OUT_OF_MEMORY. [any thread]
MIEN_MUST_CHECK mien_status mien_folder_make(const char *path, mien_error *error);

/// Removes what a killed process left of its writing `folder/NAME`, the file itself being as it
/// was. Nobody else may write it meanwhile.
void mien_file_clear(const char *folder, const char *name);

#endif
