// SPDX-License-Identifier: Apache-2.0
#include "tools/import/core/tfjs.h"

#include "tools/import/core/tfjs_weight.h"

#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

static mien_status parse(const void *json, size_t size, yyjson_doc **doc, mien_error *error) {
    yyjson_read_err fault;
    *doc = yyjson_read_opts((char *)json, size, YYJSON_READ_NOFLAG, NULL, &fault);
    if (*doc) {
        return MIEN_OK;
    }
    if (fault.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        return mien_fail_memory(error, "a TensorFlow.js manifest");
    }
    return mien_fail(error, MIEN_BAD_INPUT, "no JSON: %s at byte %zu", fault.msg, fault.pos);
}

mien_status mien_tfjs_detect(const void *json, size_t size, mien_tfjs_format *format,
                             mien_error *error) {
    yyjson_doc *doc;
    mien_status status = parse(json, size, &doc, error);
    if (status != MIEN_OK) {
        return status;
    }
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_val *name = yyjson_obj_get(root, "format");
    if (yyjson_is_arr(root) || yyjson_equals_str(name, "layers-model")) {
        *format = MIEN_TFJS_LAYERS;
    } else if (yyjson_equals_str(name, "graph-model")) {
        *format = MIEN_TFJS_GRAPH;
    } else {
        status = mien_fail(error, MIEN_BAD_INPUT,
                           "neither a TensorFlow.js weights manifest (an array) nor a model whose "
                           "'format' is 'layers-model' or 'graph-model'");
    }
    yyjson_doc_free(doc);
    return status;
}

// A shard's name may lead to folders below the manifest's and nowhere else.
static bool stays_inside(const char *name) {
    if (name[0] == '\0' || name[0] == '/' || strchr(name, '\\')) {
        return false;
    }
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0')) {
            return false;
        }
    }
    return true;
}

static mien_status read_shards(yyjson_val *paths, const mien_tfjs_shards *shards, size_t needed,
                               mien_import_bytes *bytes, mien_error *error) {
    size_t index, count;
    yyjson_val *path;
    yyjson_arr_foreach(paths, index, count, path) {
        const char *name = yyjson_get_str(path);
        if (!name || strlen(name) != yyjson_get_len(path)) {
            return mien_fail(error, MIEN_BAD_INPUT, "path %zu of a group is no file name", index);
        }
        if (!stays_inside(name)) {
            return mien_fail(error, MIEN_BAD_INPUT,
                             "shard '%.200s' leads out of the manifest's folder", name);
        }
        mien_status status =
            shards->append(shards->context, name, needed - bytes->size, bytes, error);
        if (status != MIEN_OK) {
            return status;
        }
    }
    if (bytes->size < needed) {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "a group's shards hold %zu bytes, but its weights take %zu", bytes->size,
                         needed);
    }
    return MIEN_OK;
}

static mien_status count_bytes(yyjson_val *weights, size_t *needed, mien_error *error) {
    *needed = 0;
    size_t index, count;
    yyjson_val *entry;
    yyjson_arr_foreach(weights, index, count, entry) {
        mien_tfjs_weight weight;
        mien_status status = mien_tfjs_weight_parse(entry, index, &weight, error);
        if (status != MIEN_OK) {
            return status;
        }
        if (__builtin_add_overflow(*needed, weight.stored_bytes, needed)) {
            return mien_fail(error, MIEN_BAD_INPUT, "weight '%.200s': the sizes overflow",
                             weight.name);
        }
    }
    return MIEN_OK;
}

static mien_status read_group(yyjson_val *group, const mien_tfjs_shards *shards,
                              mien_import_set *set, mien_error *error) {
    yyjson_val *paths = yyjson_obj_get(group, "paths");
    yyjson_val *weights = yyjson_obj_get(group, "weights");
    if (!yyjson_is_arr(paths) || !yyjson_is_arr(weights)) {
        return mien_fail(error, MIEN_BAD_INPUT, "a group needs the lists 'paths' and 'weights'");
    }
    mien_import_bytes bytes = {0};
    size_t needed, offset = 0;
    mien_status status = count_bytes(weights, &needed, error);
    if (status == MIEN_OK) {
        status = read_shards(paths, shards, needed, &bytes, error);
    }
    size_t index, count;
    yyjson_val *entry;
    yyjson_arr_foreach(weights, index, count, entry) {
        mien_tfjs_weight weight;
        if (status == MIEN_OK) {
            status = mien_tfjs_weight_parse(entry, index, &weight, error);
        }
        if (status != MIEN_OK) {
            break;
        }
        status = mien_tfjs_weight_decode(&weight, needed ? bytes.data + offset : NULL, set, error);
        offset += weight.stored_bytes;
    }
    free(bytes.data);
    return status;
}

mien_status mien_tfjs_read(const void *json, size_t size, const mien_tfjs_shards *shards,
                           mien_import_set *set, mien_error *error) {
    yyjson_doc *doc;
    mien_status status = parse(json, size, &doc, error);
    if (status != MIEN_OK) {
        return status;
    }
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_val *groups = yyjson_is_arr(root) ? root : yyjson_obj_get(root, "weightsManifest");
    if (!yyjson_is_arr(groups)) {
        status =
            mien_fail(error, MIEN_BAD_INPUT, "there is no list of weights ('weightsManifest')");
    }
    size_t index, count;
    yyjson_val *group;
    yyjson_arr_foreach(groups, index, count, group) {
        if (status == MIEN_OK) {
            status = read_group(group, shards, set, error);
        }
    }
    yyjson_doc_free(doc);
    return status == MIEN_OK ? mien_import_set_check_names(set, error) : status;
}
