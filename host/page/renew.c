// SPDX-License-Identifier: Apache-2.0
// A report made anew: as this Mien makes pages, and without its pictures where those may not be
// handed on.
#include "host/page/page.h"

#include <string.h>

static bool is_picture(yyjson_mut_val *value) {
    static const char address[] = "data:image/";
    return yyjson_mut_is_str(value) &&
           strncmp(yyjson_mut_get_str(value), address, sizeof address - 1) == 0;
}

/// Reports are a few levels deep; what is deeper comes from elsewhere and keeps what it has.
static void drop_pictures(yyjson_mut_val *value, unsigned levels) {
    size_t index, count;
    yyjson_mut_val *each, *key;
    if (levels == 0) {
        return;
    }
    if (yyjson_mut_is_arr(value)) {
        yyjson_mut_arr_foreach(value, index, count, each) {
            drop_pictures(each, levels - 1);
        }
        return;
    }
    yyjson_mut_obj_foreach(value, index, count, key, each) {
        if (is_picture(each)) {
            yyjson_mut_set_null(each);
        }
        drop_pictures(each, levels - 1);
    }
}

/// A page of results has a title in its document, that of a training run its recipe's name.
static const char *title_of(yyjson_mut_val *root) {
    const char *const title = yyjson_mut_get_str(yyjson_mut_obj_get(root, "title"));
    const char *const name =
        yyjson_mut_get_str(yyjson_mut_obj_get(yyjson_mut_obj_get(root, "recipe"), "name"));
    return title ? title : name ? name : "Report";
}

mien_status mien_page_renew(const char *from, const char *to, const char *title, bool pictures,
                            mien_error *error) {
    enum { LEVELS = 32 };
    yyjson_doc *data = NULL;
    const mien_status status = mien_page_read(from, &data, error);
    if (status != MIEN_OK) {
        return status;
    }
    yyjson_mut_doc *const copy = yyjson_doc_mut_copy(data, NULL);
    yyjson_doc_free(data);
    yyjson_mut_val *const root = copy ? yyjson_mut_doc_get_root(copy) : NULL;
    if (!pictures) {
        drop_pictures(root, LEVELS);
    }
    const mien_status written = mien_page_write(to, title ? title : title_of(root), copy, error);
    yyjson_mut_doc_free(copy);
    return written;
}
