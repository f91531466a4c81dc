// SPDX-License-Identifier: Apache-2.0
// The memory that a guest and its host see: laid out by both in the same way.
#include "host/cli/guest_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALIGNMENT = 64 };

/// Takes `first` × `second` numbers of `size` bytes at the end of what was taken. False: more than
/// memory can hold.
static bool take(size_t *end, size_t first, size_t second, size_t size, size_t *at) {
    size_t bytes;
    *at = *end;
    return !__builtin_mul_overflow(first, second, &bytes) &&
           !__builtin_mul_overflow(bytes, size, &bytes) &&
           !__builtin_add_overflow(bytes, ALIGNMENT - 1, &bytes) &&
           !__builtin_add_overflow(*end, bytes / ALIGNMENT * ALIGNMENT, end);
}

static mien_status map(mien_guest_table *table, size_t size, bool grows, mien_error *error) {
    struct stat about;
    int cause = fstat(table->file, &about) == 0 ? 0 : errno;
    if (cause == 0 && grows && (size_t)about.st_size < size) {
        cause = ftruncate(table->file, (off_t)size) == 0 ? 0 : errno;
    }
    void *const memory = cause == 0
                             ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, table->file, 0)
                             : MAP_FAILED;
    if (memory == MAP_FAILED) {
        cause = cause ? cause : errno;
        return mien_fail(error, MIEN_IO, "no memory can be shared (%s)", strerror(cause));
    }
    table->memory = memory;
    table->size = size;
    return MIEN_OK;
}

/// `places`: of each rule's pictures, then of the three arrays of probabilities.
static bool place_all(mien_batch *inputs, const mien_input_spec *const *rules, size_t members,
                      const mien_guest_task *task, size_t *places, size_t *end) {
    bool fits = true;
    *end = 0;
    for (size_t i = 0; i < inputs->rules && fits; i++) {
        inputs->wanted[i].spec = rules[i];
        fits = mien_input_numbers(rules[i], 1, &inputs->numbers[i]) &&
               take(end, inputs->numbers[i], task->batch, sizeof(float), &places[i]);
    }
    size_t *const shares = places + inputs->rules;
    const size_t asked = task->members ? members : 0;
    size_t each;
    return fits && !__builtin_mul_overflow(asked, task->classes, &each) &&
           take(end, task->batch, task->classes, sizeof(double), &shares[0]) &&
           take(end, task->batch, each, sizeof(double), &shares[1]) &&
           take(end, task->batch, each, sizeof(double), &shares[2]);
}

static void point(mien_guest_table *table, const size_t *places, bool members) {
    char *const memory = table->memory;
    for (size_t i = 0; i < table->inputs.rules; i++) {
        table->inputs.inputs[i] = (float *)(void *)(memory + places[i]);
    }
    const size_t *const shares = places + table->inputs.rules;
    table->shares = (double *)(void *)(memory + shares[0]);
    table->alone = members ? (double *)(void *)(memory + shares[1]) : NULL;
    table->rest = members ? (double *)(void *)(memory + shares[2]) : NULL;
}

mien_status mien_guest_table_lay(mien_guest_table *table, const mien_input_spec *const *rules,
                                 size_t rule_count, size_t members, const mien_guest_task *task,
                                 bool grows, mien_error *error) {
    mien_guest_table_clear(table);
    size_t *const places = calloc(rule_count + 3, sizeof *places);
    table->inputs = (mien_batch){.inputs = (float **)calloc(rule_count, sizeof(float *)),
                                 .numbers = calloc(rule_count, sizeof *table->inputs.numbers),
                                 .wanted = calloc(rule_count, sizeof *table->inputs.wanted),
                                 .rules = rule_count};
    size_t end;
    mien_status status = MIEN_OK;
    if (!places || !table->inputs.inputs || !table->inputs.numbers || !table->inputs.wanted ||
        !place_all(&table->inputs, rules, members, task, places, &end)) {
        status = mien_fail_memory(error, "a batch of pictures");
    }
    if (status == MIEN_OK) {
        status = map(table, end, grows, error);
    }
    if (status == MIEN_OK) {
        point(table, places, task->members);
    }
    free(places);
    return status;
}

void mien_guest_table_clear(mien_guest_table *table) {
    if (table->memory) {
        munmap(table->memory, table->size);
    }
    free((void *)table->inputs.inputs);
    free(table->inputs.numbers);
    free(table->inputs.wanted);
    *table = (mien_guest_table){.file = table->file};
}
