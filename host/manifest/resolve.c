// SPDX-License-Identifier: Apache-2.0
// From a path in a manifest to a file that may be opened.
#include "host/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool inside(const char *folder, const char *path) {
    const size_t length = strlen(folder);
    const bool root = length == 1; // "/" ends in its slash
    return strncmp(path, folder, length) == 0 &&
           (root || path[length] == '/' || path[length] == '\0');
}

static mien_status cannot_resolve(const mien_manifest *manifest, mien_manifest_text path, int cause,
                                  mien_error *error) {
    if (cause == ENOMEM) {
        return mien_fail_memory(error, "a path");
    }
    if (cause == ENOENT || cause == ENOTDIR) {
        return mien_manifest_fail(manifest, path.at, error, MIEN_NOT_FOUND,
                                  "no file \"%s\" in folder %s", path.text, manifest->folder);
    }
    return mien_manifest_fail(manifest, path.at, error, MIEN_IO, "\"%s\": %s", path.text,
                              strerror(cause));
}

mien_status mien_manifest_resolve(const mien_manifest *manifest, mien_manifest_text path,
                                  char **resolved, mien_error *error) {
    char *joined = NULL, *folder = NULL, *real = NULL;
    mien_status status = MIEN_OK;
    const bool absolute = path.text[0] == '/'; // only where the user allowed it
    if (asprintf(&joined, "%s%s%s", absolute ? "" : manifest->folder, absolute ? "" : "/",
                 path.text) < 0) {
        return mien_fail_memory(error, "a path");
    }
    if (!(folder = realpath(manifest->folder, NULL)) || !(real = realpath(joined, NULL))) {
        status = cannot_resolve(manifest, path, errno, error);
    } else if (!manifest->allow_outside && !inside(folder, real)) {
        status = mien_manifest_fail(manifest, path.at, error, MIEN_BAD_INPUT,
                                    "\"%s\" is a link that leads out of the manifest's folder; "
                                    "move the file there",
                                    path.text);
    } else {
        *resolved = real;
        real = NULL;
    }
    free(joined);
    free(folder);
    free(real);
    return status;
}
