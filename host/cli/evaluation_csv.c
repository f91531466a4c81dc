// SPDX-License-Identifier: Apache-2.0
// `mien evaluate --csv`: a row a model, appended to a table that grows over many evaluations.
#include "host/cli/evaluation.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char header[] =
    "model,dataset,split,classes,pictures,unreadable,flip,accuracy,accuracy_low,accuracy_high,"
    "balanced_accuracy,balanced_accuracy_low,balanced_accuracy_high,macro_f1,macro_f1_low,"
    "macro_f1_high,log_loss,log_loss_low,log_loss_high,brier,brier_low,brier_high,"
    "calibration_error,calibration_error_low,calibration_error_high,majority_pictures,"
    "majority_accuracy,majority_accuracy_low,majority_accuracy_high,crowd_accuracy,batch,threads,"
    "pictures_per_second,error\n";

// --- Fields --------------------------------------------------------------------------------------

static void put_escaped(FILE *file, const char *text) {
    for (; *text; text++) {
        fputs(*text == '"' ? "\"" : "", file);
        fputc(*text, file);
    }
}

/// Quoted where it must be (RFC 4180).
static void put_text(FILE *file, const char *text) {
    const char *mark = text[strcspn(text, ",\"\r\n")] ? "\"" : "";
    fputs(mark, file);
    put_escaped(file, text);
    fputs(mark, file);
}

static void put_number(FILE *file, double value) {
    if (isnan(value)) {
        fputc(',', file);
    } else {
        fprintf(file, ",%.7g", value);
    }
}

static void put_figure(FILE *file, double value, mien_interval interval) {
    put_number(file, value);
    put_number(file, interval.low);
    put_number(file, interval.high);
}

static void put_subject(FILE *file, const mien_evaluation *evaluation) {
    fputc(',', file);
    put_text(file, evaluation->dataset);
    fputc(',', file);
    put_text(file, evaluation->split ? evaluation->split : "");
    fputs(",\"", file);
    for (size_t i = 0; i < evaluation->class_count; i++) {
        fputs(i ? ";" : "", file);
        put_escaped(file, evaluation->classes[i]);
    }
    fprintf(file, "\",%zu,%zu,%d", evaluation->index.count - evaluation->unreadable,
            evaluation->unreadable, evaluation->flip);
}

static void put_row(FILE *file, const mien_evaluation *evaluation, const mien_evaluation_row *row) {
    const double none = (double)NAN;
    const mien_interval nothing = {none, none};
    bool good = row->error.status == MIEN_OK, votes = evaluation->crowd.pictures > 0;
    put_text(file, row->name);
    put_subject(file, evaluation);
    for (size_t i = 0; i < MIEN_FIGURE_COUNT; i++) {
        put_figure(file, good ? row->figures[i] : none, good ? row->intervals[i] : nothing);
    }
    put_number(file, good && votes ? (double)mien_scores_pictures(row->consensus) : none);
    put_figure(file, good && votes ? row->consensus_accuracy : none,
               good && votes ? row->consensus_interval : nothing);
    put_number(file, votes ? evaluation->crowd.accuracy : none);
    fprintf(file, ",%zu,%u", evaluation->batch, evaluation->threads);
    put_number(file, good ? mien_evaluation_rate(row) : none);
    fputc(',', file);
    put_text(file, good ? "" : row->error.message);
    fputc('\n', file);
}

/// Header and rows as one text, the caller's to free(). NULL when memory is out.
static char *make_text(const mien_evaluation *evaluation, size_t *length) {
    char *text = NULL;
    FILE *file = open_memstream(&text, length);
    if (!file) {
        return NULL;
    }
    fputs(header, file);
    for (size_t i = 0; i < evaluation->count; i++) {
        put_row(file, evaluation, &evaluation->rows[i]);
    }
    bool good = !ferror(file);
    if (fclose(file) != 0 || !good) {
        free(text);
        return NULL;
    }
    return text;
}

// --- The file ------------------------------------------------------------------------------------

/// A table that other columns started must not get rows of these.
static mien_status check_table(int file, const char *path, off_t *size, mien_error *error) {
    struct stat about;
    char found[sizeof header] = {0}, last = '\n';
    if (fstat(file, &about) != 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be examined (%s)", path, strerror(errno));
    }
    if (!S_ISREG(about.st_mode)) {
        return mien_fail(error, MIEN_BAD_INPUT, "%s: is not a file", path);
    }
    *size = about.st_size;
    if (about.st_size == 0) {
        return MIEN_OK;
    }
    if (pread(file, found, sizeof header - 1, 0) < 0 ||
        pread(file, &last, 1, about.st_size - 1) != 1) {
        return mien_fail(error, MIEN_IO, "%s: cannot be read (%s)", path, strerror(errno));
    }
    if (strcmp(found, header) != 0 || last != '\n') {
        return mien_fail(error, MIEN_BAD_INPUT,
                         "%s: is not a table that 'mien evaluate' began, or its last line is not "
                         "whole; give another file",
                         path);
    }
    return MIEN_OK;
}

/// All or nothing: a write cut short, as by a full disk, is taken back.
static mien_status append(int file, const char *path, off_t size, const char *text, size_t length,
                          mien_error *error) {
    size_t written = 0;
    while (written < length) {
        ssize_t count = pwrite(file, text + written, length - written, size + (off_t)written);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            int cause = count < 0 ? errno : ENOSPC;
            bool restored = ftruncate(file, size) == 0;
            return mien_fail(error, MIEN_IO, "%s: cannot be written (%s)%s", path, strerror(cause),
                             restored ? "" : ", and what was written cannot be taken back");
        }
        written += (size_t)count;
    }
    return MIEN_OK;
}

static mien_status append_locked(int file, const char *path, const char *text, size_t length,
                                 mien_error *error) {
    off_t size = 0;
    if (flock(file, LOCK_EX) != 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be locked (%s)", path, strerror(errno));
    }
    mien_status status = check_table(file, path, &size, error);
    size_t skipped = size > 0 ? sizeof header - 1 : 0;
    return status == MIEN_OK ? append(file, path, size, text + skipped, length - skipped, error)
                             : status;
}

mien_status mien_evaluation_check_csv(const char *path, mien_error *error) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) {
        char *copy = strdup(path);
        bool room = copy && access(dirname(copy), W_OK) == 0;
        int cause = errno;
        free(copy);
        return room ? MIEN_OK
                    : mien_fail(error, MIEN_IO, "%s: cannot be made (%s)", path, strerror(cause));
    }
    if (file < 0) {
        return mien_fail(error, MIEN_IO, "%s: cannot be opened (%s)", path, strerror(errno));
    }
    off_t size = 0;
    mien_status status = check_table(file, path, &size, error);
    close(file);
    return status;
}

mien_status mien_evaluation_append_csv(const mien_evaluation *evaluation, const char *path,
                                       mien_error *error) {
    size_t length = 0;
    char *text = make_text(evaluation, &length);
    if (!text) {
        return mien_fail_memory(error, "a table");
    }
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    mien_status status =
        file >= 0 ? append_locked(file, path, text, length, error)
                  : mien_fail(error, MIEN_IO, "%s: cannot be opened (%s)", path, strerror(errno));
    if (file >= 0 && close(file) != 0 && status == MIEN_OK) {
        status = mien_fail(error, MIEN_IO, "%s: cannot be written (%s)", path, strerror(errno));
    }
    free(text);
    return status;
}
