// SPDX-License-Identifier: Apache-2.0
// Reading and writing safetensors files.
#include "mien/weights.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A file in memory: length, header, then `data_bytes` bytes counting up from 0. The caller's to
// free.
static uint8_t *make_file(const char *header, uint64_t declared, size_t data_bytes, size_t *size) {
    size_t length = strlen(header);
    uint8_t *bytes = malloc(8 + length + data_bytes + 1);
    ck_assert_ptr_nonnull(bytes);
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(declared >> (8 * i));
    }
    memcpy(bytes + 8, header, length);
    for (size_t i = 0; i < data_bytes; i++) {
        bytes[8 + length + i] = (uint8_t)i;
    }
    *size = 8 + length + data_bytes;
    return bytes;
}

static void temporary_path(char path[256], const char *name) {
    const char *folder = getenv("TMPDIR");
    snprintf(path, 256, "%s/mien-weights-%ld-%s", folder ? folder : "/tmp", (long)getpid(), name);
}

static void write_bytes(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(reads_every_type_and_metadata) {
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\",\"by\":\"a test\"},"
        "\"d\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
        "\"c\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[8,16]},"
        "\"e\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[16,20]},"
        "\"b\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[20,26]},"
        "\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1],\"data_offsets\":[26,27]},"
        "\"z\":{\"dtype\":\"F32\",\"shape\":[4,0],\"data_offsets\":[27,27]},"
        "\"f\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[27,29]}}   ";
    size_t size;
    uint8_t *bytes = make_file(header, strlen(header), 29, &size);
    mien_error error = MIEN_ERROR_INIT;
    mien_weights *weights = NULL;
    ck_assert_msg(mien_weights_open_memory(bytes, size, &weights, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_uint_eq(mien_weights_count(weights), 7);
    ck_assert_uint_eq(mien_weights_bytes(weights), 29);
    for (size_t i = 1; i < 7; i++) {
        ck_assert_str_lt(mien_weights_at(weights, i - 1).name, mien_weights_at(weights, i).name);
    }
    ck_assert_str_eq(mien_weights_metadata(weights, "by"), "a test");
    ck_assert_ptr_null(mien_weights_metadata(weights, "missing"));
    ck_assert_ptr_null(mien_weights_find(weights, "missing"));
    ck_assert_ptr_null(mien_weights_find(weights, "__metadata__"));

    const mien_tensor *tensor = mien_weights_find(weights, "c");
    ck_assert_ptr_nonnull(tensor);
    ck_assert_int_eq(tensor->dtype, MIEN_F32);
    ck_assert_uint_eq(tensor->shape.rank, 2);
    ck_assert_uint_eq(tensor->shape.dim[0], 2);
    ck_assert_uint_eq(tensor->bytes, 8);
    ck_assert_uint_eq(((const uint8_t *)tensor->data)[0], 8);
    ck_assert_uint_eq(mien_weights_find(weights, "d")->shape.rank, 0);
    ck_assert_uint_eq(mien_weights_find(weights, "z")->bytes, 0);
    ck_assert_int_eq(mien_weights_find(weights, "f")->dtype, MIEN_I8);
    mien_weights_close(weights);
    free(bytes);
}
END_TEST

START_TEST(misaligned_tensors_are_readable) {
    static const char header[] = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                                 "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]},"
                                 "\"c\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[9,13]}}";
    for (size_t shift = 0; shift < 4; shift++) {
        char padded[256];
        snprintf(padded, sizeof padded, "%s%.*s", header, (int)shift, "    ");
        size_t size;
        uint8_t *bytes = make_file(padded, strlen(padded), 13, &size);
        mien_weights *weights = NULL;
        ck_assert_int_eq(mien_weights_open_memory(bytes, size, &weights, NULL), MIEN_OK);
        const mien_tensor *tensor = mien_weights_find(weights, "b");
        ck_assert_uint_eq((uintptr_t)tensor->data % 4, 0);
        for (uint8_t i = 0; i < 8; i++) {
            ck_assert_uint_eq(((const uint8_t *)tensor->data)[i], i + 1);
        }
        mien_weights_close(weights);
        free(bytes);
    }
}
END_TEST

START_TEST(no_tensors_is_a_file) {
    size_t size;
    uint8_t *bytes = make_file("{}", 2, 0, &size);
    mien_weights *weights = NULL;
    ck_assert_int_eq(mien_weights_open_memory(bytes, size, &weights, NULL), MIEN_OK);
    ck_assert_uint_eq(mien_weights_count(weights), 0);
    ck_assert_ptr_null(mien_weights_find(weights, "a"));
    ck_assert_ptr_null(mien_weights_metadata(weights, "a"));
    mien_weights_close(weights);
    free(bytes);
}
END_TEST

#define ENTRY(dtype, shape, begin, end)                                                            \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

enum { EXACT = -1 }; // the header's true length is declared

static const struct broken {
    const char *header;
    long long declared;
    size_t data_bytes;
    const char *message; // a part of it
} broken_files[] = {
    {"{}", 3, 0, "truncated: the header takes 3 bytes, but only 2 follow"},
    {"{}", 100000001, 0, "over the limit"},
    {"{}", INT64_MAX, 0, "over the limit"},
    {"{}", -2, 0, "over the limit"}, // 2⁶⁴ − 2
    {"", EXACT, 0, "no JSON"},
    {"not JSON", EXACT, 4, "no JSON"},
    {"{\"a\":", EXACT, 4, "no JSON"},
    {"[1]", EXACT, 4, "no JSON object"},
    {"{\"a\":1}", EXACT, 4, "tensor 'a': needs exactly"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", EXACT, 4, "tensor 'a': needs exactly"},
    {"{\"a\":{\"dtype\":3,\"shape\":[1],\"data_offsets\":[0,4]}}", EXACT, 4, "'dtype' is no text"},
    {"{\"a\":" ENTRY("BF16", "[2]", 0, 4) "}", EXACT, 4, "type 'BF16' is not supported"},
    {"{\"a\":" ENTRY("F64", "[1]", 0, 8) "}", EXACT, 8, "type 'F64' is not supported"},
    {"{\"a\":" ENTRY("F32", "1", 0, 4) "}", EXACT, 4, "'shape' is no list"},
    {"{\"a\":" ENTRY("F32", "[1,1,1,1,1,1,1]", 0, 4) "}", EXACT, 4, "'shape' is no list of at"},
    {"{\"a\":" ENTRY("F32", "[-1]", 0, 4) "}", EXACT, 4, "size 0 in 'shape'"},
    {"{\"a\":" ENTRY("F32", "[1.5]", 0, 4) "}", EXACT, 4, "size 0 in 'shape'"},
    {"{\"a\":" ENTRY("F32", "[4294967296,4294967296]", 0, 4) "}", EXACT, 4, "overflows"},
    {"{\"a\":" ENTRY("F32", "[4611686018427387905]", 0, 4) "}", EXACT, 4, "overflows"},
    {"{\"a\":" ENTRY("F32", "[2]", 0, 4) "}", EXACT, 4, "[2] of f32 take 8 bytes, but its"},
    {"{\"a\":" ENTRY("F32", "[1]", 0, 4) "}", EXACT, 3, "within the file's 3 data bytes"},
    {"{\"a\":" ENTRY("F32", "[1]", 4, 0) "}", EXACT, 4, "do not lie within"},
    {"{\"a\":" ENTRY("F32", "[1]", 18446744073709551612, 0) "}", EXACT, 4, "do not lie within"},
    {"{\"a\":" ENTRY("F32", "[1]", 0, 18446744073709551615) "}", EXACT, 4, "do not lie within"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", EXACT, 4, "no pair"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", EXACT, 4, "no pair"},
    {"{\"a\":" ENTRY("F32", "[1]", 0, 4) ",\"b\":" ENTRY("F32", "[1]", 2, 6) "}", EXACT, 6,
     "'a' and 'b' overlap at data byte 2"},
    {"{\"a\":" ENTRY("F32", "[2]", 0, 8) ",\"b\":" ENTRY("F32", "[1]", 0, 4) "}", EXACT, 8,
     "'b' and 'a' overlap"},
    {"{\"a\":" ENTRY("F32", "[1]", 0, 4) ",\"b\":" ENTRY("F32", "[1]", 8, 12) "}", EXACT, 12,
     "data bytes 4 to 8, before tensor 'b', belong to no tensor"},
    {"{\"a\":" ENTRY("F32", "[1]", 0, 4) "}", EXACT, 7, "last 3 bytes belong to no tensor"},
    {"{\"a\":" ENTRY("F32", "[1]", 0, 4) ",\"a\":" ENTRY("F32", "[1]", 4, 8) "}", EXACT, 8,
     "tensor 'a' is there twice"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", EXACT, 0, "'__metadata__' is there twice"},
    {"{\"__metadata__\":[]}", EXACT, 0, "'__metadata__' is no object"},
    {"{\"__metadata__\":{\"k\":1}}", EXACT, 0, "'__metadata__': 'k' is no text"},
    // A tensor of no bytes, in the middle of another and beyond all.
    {"{\"a\":" ENTRY("F32", "[2]", 0, 8) ",\"z\":" ENTRY("F32", "[0]", 4, 4) "}", EXACT, 8,
     "'a' and 'z' overlap at data byte 4"},
    {"{\"a\":" ENTRY("F32", "[1]", 0, 4) ",\"z\":" ENTRY("F32", "[0]", 99, 99) "}", EXACT, 4,
     "do not lie within"},
    {"{\"a\":" ENTRY("F32", "[18446744073709551616]", 0, 4) "}", EXACT, 4, "size 0 in 'shape'"},
    {"{\"a\":" ENTRY("F32", "[1,null]", 0, 4) "}", EXACT, 4, "size 1 in 'shape'"},
    {"{\"a\":" ENTRY("F32", "[9223372036854775808,2]", 0, 4) "}", EXACT, 4, "overflows"},
    {"{\"a\":" ENTRY("F32", "[1]", 1e0, 4) "}", EXACT, 4, "no pair"},
    {"{\"a\":" ENTRY("f32", "[1]", 0, 4) "}", EXACT, 4, "type 'f32' is not supported"},
    {"{\"a\":" ENTRY("", "[1]", 0, 4) "}", EXACT, 4, "type '' is not supported"},
    {"{\"a\":[\"F32\",[1],[0,4]]}", EXACT, 4, "tensor 'a': needs exactly"},
    {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,4]}}", EXACT, 4,
     "tensor 'a': needs exactly"},
    {"{}x", EXACT, 0, "no JSON"},
    {"\xef\xbb\xbf{}", EXACT, 0, "no JSON"},
    {"{\"\xff\":1}", EXACT, 0, "no JSON"},
    {"{\"a\\u0000b\":" ENTRY("F32", "[1]", 0, 4) "}", EXACT, 4, "NUL"},
};

START_TEST(broken_files_are_refused) {
    const struct broken *file = &broken_files[_i];
    uint64_t declared = file->declared == EXACT ? strlen(file->header) : (uint64_t)file->declared;
    size_t size;
    uint8_t *bytes = make_file(file->header, declared, file->data_bytes, &size);
    mien_error error = MIEN_ERROR_INIT;
    mien_weights *weights = NULL;
    ck_assert_int_eq(mien_weights_open_memory(bytes, size, &weights, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_null(weights);
    ck_assert_msg(strstr(error.message, file->message), "'%s' instead of '%s'", error.message,
                  file->message);
    free(bytes);
}
END_TEST

START_TEST(every_truncation_is_refused) {
    static const char header[] = "{\"a\":" ENTRY("F32", "[2]", 0, 8) "}";
    size_t size;
    uint8_t *bytes = make_file(header, strlen(header), 8, &size);
    for (size_t length = 0; length < size; length++) {
        uint8_t *shorter = malloc(length + 1); // so that ASan sees reads beyond it
        ck_assert_ptr_nonnull(shorter);
        memcpy(shorter, bytes, length);
        mien_weights *weights = NULL;
        ck_assert_int_eq(mien_weights_open_memory(shorter, length, &weights, NULL), MIEN_BAD_INPUT);
        free(shorter);
    }
    free(bytes);
}
END_TEST

/// Reads all that an open file offers, for a sanitizer to see.
static size_t read_everything(const mien_weights *weights) {
    size_t sum = 0;
    for (size_t i = 0; i < mien_weights_count(weights); i++) {
        const mien_named_tensor entry = mien_weights_at(weights, i);
        sum += strlen(entry.name);
        for (size_t k = 0; k < entry.tensor.bytes; k++) {
            sum += ((const uint8_t *)entry.tensor.data)[k];
        }
    }
    return sum;
}

START_TEST(a_changed_bit_is_refused_or_harmless) {
    static const char header[] = "{\"__metadata__\":{\"by\":\"us\"},\"a\":" ENTRY(
        "F16", "[2,2]", 0, 8) ",\"b\":" ENTRY("F32", "[1]", 8, 12) "}";
    size_t size, opened = 0;
    uint8_t *bytes = make_file(header, strlen(header), 12, &size);
    for (size_t bit = 0; bit < 8 * (size - 12); bit++) {
        uint8_t *changed = malloc(size);
        ck_assert_ptr_nonnull(changed);
        memcpy(changed, bytes, size);
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        mien_error error = MIEN_ERROR_INIT;
        mien_weights *weights = NULL;
        const mien_status status = mien_weights_open_memory(changed, size, &weights, &error);
        ck_assert_msg(status == MIEN_OK || status == MIEN_BAD_INPUT, "bit %zu: %s", bit,
                      error.message);
        if (status == MIEN_OK) {
            ck_assert_uint_gt(read_everything(weights), 0);
            opened++;
        }
        mien_weights_close(weights);
        free(changed);
    }
    ck_assert_uint_gt(opened, 0); // a name may change
    free(bytes);
}
END_TEST

START_TEST(a_header_as_deep_as_it_is_long) {
    enum { DEPTH = 2000000 };
    static const char open_object[] = "{\"a\":";
    char *header = malloc(DEPTH + sizeof open_object);
    ck_assert_ptr_nonnull(header);
    memcpy(header, open_object, sizeof open_object - 1);
    memset(header + sizeof open_object - 1, '[', DEPTH);
    header[DEPTH + sizeof open_object - 1] = '\0';
    size_t size;
    uint8_t *bytes = make_file(header, strlen(header), 0, &size);
    mien_error error = MIEN_ERROR_INIT;
    mien_weights *weights = NULL;
    ck_assert_int_eq(mien_weights_open_memory(bytes, size, &weights, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "the header is no JSON"));
    free(bytes);
    free(header);
}
END_TEST

START_TEST(files_that_cannot_be_read) {
    char path[256];
    mien_error error = MIEN_ERROR_INIT;
    mien_weights *weights = NULL;
    temporary_path(path, "missing");
    ck_assert_int_eq(mien_weights_open(path, NULL, &weights, &error), MIEN_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, path));
    ck_assert_int_eq(mien_weights_open("/", NULL, &weights, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "not a regular file"));
    temporary_path(path, "pipe");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(mien_weights_open(path, NULL, &weights, &error), MIEN_BAD_INPUT);
    unlink(path);
    temporary_path(path, "empty");
    write_bytes(path, "", 0);
    ck_assert_int_eq(mien_weights_open(path, NULL, &weights, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "0 bytes are too short"));
    unlink(path);
    ck_assert_ptr_null(weights);
    mien_weights_close(NULL);
}
END_TEST

static mien_named_tensor tensor_of(const char *name, mien_dtype dtype, const void *data,
                                   size_t count) {
    return (mien_named_tensor){name,
                               {.dtype = dtype,
                                .shape = {1, {count}},
                                .data = data,
                                .bytes = count * mien_dtype_size(dtype)}};
}

START_TEST(what_is_written_is_read) {
    static const float floats[3] = {1, -2.5f, 3e-9f};
    static const uint16_t halves[1] = {0x3c00};
    static const int64_t integers[2] = {-1, INT64_MAX};
    const mien_named_tensor tensors[] = {
        tensor_of("b.half", MIEN_F16, halves, 1),
        tensor_of("c \"quoted\" é", MIEN_F32, floats, 3),
        tensor_of("a", MIEN_I64, integers, 2),
        tensor_of("empty", MIEN_U8, NULL, 0),
    };
    const char *const metadata[] = {"licence", "MIT", "note", "two\nlines", NULL};
    char path[256], digest[MIEN_SHA256_HEX];
    temporary_path(path, "round");
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_weights_write(path, tensors, 4, metadata, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_int_eq(mien_sha256_file(path, digest, &error), MIEN_OK);
    mien_weights *weights = NULL;
    ck_assert_msg(mien_weights_open(path, digest, &weights, &error) == MIEN_OK, "%s",
                  error.message);
    ck_assert_uint_eq(mien_weights_count(weights), 4);
    ck_assert_str_eq(mien_weights_metadata(weights, "note"), "two\nlines");
    for (size_t i = 0; i < 4; i++) {
        const mien_tensor *read = mien_weights_find(weights, tensors[i].name);
        ck_assert_ptr_nonnull(read);
        ck_assert_int_eq(read->dtype, tensors[i].tensor.dtype);
        ck_assert(mien_shape_equal(&read->shape, &tensors[i].tensor.shape));
        ck_assert_uint_eq(read->bytes, tensors[i].tensor.bytes);
        ck_assert(read->bytes == 0 || memcmp(read->data, tensors[i].tensor.data, read->bytes) == 0);
    }
    mien_weights_close(weights);
    unlink(path);
}
END_TEST

START_TEST(what_cannot_be_written_leaves_the_old_file) {
    static const float number = 1;
    char path[256];
    temporary_path(path, "kept");
    write_bytes(path, "old", 3);
    mien_error error = MIEN_ERROR_INIT;
    mien_named_tensor twice[] = {tensor_of("a", MIEN_F32, &number, 1),
                                 tensor_of("a", MIEN_U8, &number, 1)};
    ck_assert_int_eq(mien_weights_write(path, twice, 2, NULL, &error), MIEN_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "'a' is there twice"));
    mien_named_tensor wrong = tensor_of("a", MIEN_F32, &number, 1);
    wrong.tensor.bytes = 3;
    ck_assert_int_eq(mien_weights_write(path, &wrong, 1, NULL, &error), MIEN_INVALID_ARGUMENT);
    wrong = tensor_of("__metadata__", MIEN_F32, &number, 1);
    ck_assert_int_eq(mien_weights_write(path, &wrong, 1, NULL, &error), MIEN_INVALID_ARGUMENT);
    wrong = tensor_of("\xff", MIEN_F32, &number, 1);
    ck_assert_int_eq(mien_weights_write(path, &wrong, 1, NULL, &error), MIEN_INVALID_ARGUMENT);
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_size, 3);
    unlink(path);
    ck_assert_int_eq(mien_weights_write("/nowhere/a", twice, 1, NULL, &error), MIEN_IO);
    ck_assert_ptr_nonnull(strstr(error.message, "/nowhere/a: cannot create a file beside it"));
    temporary_path(path, "pipe");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(mien_weights_write(path, twice, 1, NULL, &error), MIEN_IO);
    ck_assert_ptr_nonnull(strstr(error.message, "is not a regular file"));
    ck_assert_int_eq(lstat(path, &info), 0);
    ck_assert(S_ISFIFO(info.st_mode));
    unlink(path);
}
END_TEST

START_TEST(digests) {
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    char path[256], digest[MIEN_SHA256_HEX];
    temporary_path(path, "abc");
    write_bytes(path, "abc", 3);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_sha256_file(path, digest, &error), MIEN_OK);
    ck_assert_str_eq(digest, abc);
    mien_weights *weights = NULL;
    // The right digest of something that is no safetensors file.
    ck_assert_int_eq(mien_weights_open(path, abc, &weights, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "too short"));
    char other[MIEN_SHA256_HEX];
    memcpy(other, abc, sizeof other);
    other[0] = '0';
    ck_assert_int_eq(mien_weights_open(path, other, &weights, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, other));
    ck_assert_int_eq(mien_weights_open(path, "abc", &weights, &error), MIEN_INVALID_ARGUMENT);
    unlink(path);
    ck_assert_int_eq(mien_sha256_file(path, digest, &error), MIEN_IO);
    ck_assert_int_eq(mkfifo(path, 0600), 0); // must not wait for a writer
    ck_assert_int_eq(mien_sha256_file(path, digest, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "is not a regular file"));
    unlink(path);
    ck_assert_ptr_null(weights);
}
END_TEST

static mien_graph *small_graph(void) {
    mien_graph *graph = NULL;
    ck_assert_int_eq(mien_graph_create(&graph, NULL), MIEN_OK);
    mien_node node = mien_input(graph, 2, 2, 1);
    node = mien_flatten(graph, node, MIEN_FLATTEN_HWC);
    node = mien_linear(graph, node, "hidden", MIEN_LINEAR(.features = 3, .bias = true));
    node = mien_linear(graph, node, "fc", MIEN_LINEAR(.features = 2));
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_graph_finish(graph, node, &error) == MIEN_OK, "%s", error.message);
    return graph;
}

static mien_weights *open_header(const char *header, size_t data_bytes, uint8_t **bytes) {
    size_t size;
    *bytes = make_file(header, strlen(header), data_bytes, &size);
    mien_error error = MIEN_ERROR_INIT;
    mien_weights *weights = NULL;
    ck_assert_msg(mien_weights_open_memory(*bytes, size, &weights, &error) == MIEN_OK, "%s",
                  error.message);
    return weights;
}

START_TEST(weights_that_fit_a_graph) {
    mien_graph *graph = small_graph();
    uint8_t *bytes;
    mien_weights *weights =
        open_header("{\"hidden.weight\":" ENTRY("F32", "[3,4]", 0, 48) ",\"hidden.bias\":" ENTRY(
                        "F16", "[3]", 48, 54) ",\"fc.weight\":" ENTRY("F16", "[2,3]", 54, 66) "}",
                    66, &bytes);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_msg(mien_weights_check(weights, graph, &error) == MIEN_OK, "%s", error.message);
    mien_weights_close(weights);
    free(bytes);
    mien_graph_free(graph);
}
END_TEST

START_TEST(every_misfit_is_listed) {
    mien_graph *graph = small_graph();
    uint8_t *bytes;
    mien_weights *weights =
        open_header("{\"hidden.weight\":" ENTRY("F32", "[4,3]", 0, 48) ",\"extra\":" ENTRY(
                        "F16", "[3]", 48, 54) ",\"fc.weight\":" ENTRY("U8", "[2,3]", 54, 60) "}",
                    60, &bytes);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_weights_check(weights, graph, &error), MIEN_BAD_INPUT);
    ck_assert_str_eq(error.message,
                     "the weights do not fit the network\n"
                     "  1 missing: hidden.bias [3]\n"
                     "  1 unexpected: extra\n"
                     "  1 of the wrong shape: hidden.weight is [4, 3], the network needs [3, 4]\n"
                     "  1 of a type other than f32 and f16: fc.weight is u8");
    mien_weights_close(weights);
    free(bytes);
    mien_graph_free(graph);
}
END_TEST

START_TEST(long_lists_are_cut) {
    mien_graph *graph = small_graph();
    char header[4096] = "{";
    for (int i = 0; i < 30; i++) {
        size_t used = strlen(header);
        snprintf(header + used, sizeof header - used, "%s\"x%d\":" ENTRY("U8", "[0]", 0, 0),
                 i ? "," : "", i);
    }
    strcat(header, "}");
    uint8_t *bytes;
    mien_weights *weights = open_header(header, 0, &bytes);
    mien_error error = MIEN_ERROR_INIT;
    ck_assert_int_eq(mien_weights_check(weights, graph, &error), MIEN_BAD_INPUT);
    ck_assert_ptr_nonnull(strstr(error.message, "3 missing: "));
    ck_assert_ptr_nonnull(strstr(error.message, "30 unexpected: x0; x1; x10"));
    ck_assert_ptr_nonnull(strstr(error.message, "; and 10 more"));
    mien_weights_close(weights);
    free(bytes);
    mien_graph_free(graph);
}
END_TEST

static Suite *suite(void) {
    Suite *weights = suite_create("weights");
    TCase *reading = tcase_create("reading");
    tcase_add_test(reading, reads_every_type_and_metadata);
    tcase_add_test(reading, misaligned_tensors_are_readable);
    tcase_add_test(reading, no_tensors_is_a_file);
    tcase_add_loop_test(reading, broken_files_are_refused, 0,
                        sizeof broken_files / sizeof *broken_files);
    tcase_add_test(reading, every_truncation_is_refused);
    tcase_add_test(reading, a_changed_bit_is_refused_or_harmless);
    tcase_add_test(reading, a_header_as_deep_as_it_is_long);
    tcase_add_test(reading, files_that_cannot_be_read);
    tcase_add_test(reading, digests);
    suite_add_tcase(weights, reading);
    TCase *writing = tcase_create("writing");
    tcase_add_test(writing, what_is_written_is_read);
    tcase_add_test(writing, what_cannot_be_written_leaves_the_old_file);
    suite_add_tcase(weights, writing);
    TCase *fitting = tcase_create("fitting");
    tcase_add_test(fitting, weights_that_fit_a_graph);
    tcase_add_test(fitting, every_misfit_is_listed);
    tcase_add_test(fitting, long_lists_are_cut);
    suite_add_tcase(weights, fitting);
    return weights;
}

int main(void) {
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
