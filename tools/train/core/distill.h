// SPDX-License-Identifier: Apache-2.0
/// @file
/// Knowledge distillation (Hinton et al., 2015): what a trained model, the teacher, thinks of every
/// picture of a dataset, worked out once and kept on disk.
#ifndef MIEN_TRAIN_DISTILL_H
#define MIEN_TRAIN_DISTILL_H

#include "host/registry.h"
#include "tools/train/core/data/dataset.h"

typedef struct mien_distill_options {
    mien_registry *registry; ///< must outlive the teacher
    const char *teacher;     ///< name of a model or an ensemble, or the path of its manifest
    const char *const *classes;
    size_t class_count;
    double temperature; ///< logits are divided by it: above 1 tells more about the unlikely classes
    uint32_t threads;   ///< 0: one
} mien_distill_options;

/// A teacher that can be asked.
typedef struct mien_teacher mien_teacher;

/// Loads a teacher, which must know the classes; no picture is needed yet. Free with
/// mien_teacher_free(). Errors: as mien_answerer_load()'s, MIEN_INVALID_ARGUMENT (a temperature
/// that is not above 0), MIEN_BAD_INPUT (a class that the teacher does not know).
MIEN_MUST_CHECK mien_status mien_teacher_load(const mien_distill_options *options,
                                              mien_teacher **teacher, mien_error *error);
/// NULL is allowed.
void mien_teacher_free(mien_teacher *teacher);

/// The teacher's probabilities of the classes for every example of `dataset`, count × classes;
/// free() them. The teacher sees each picture as `mien predict` would show it, unaugmented. Its
/// classes are found by their names; where it knows more of them, those are left out and the rest
/// share what is left.
///
/// The answers are kept in `<cache>/teacher-<hash>.safetensors`, the folder being made where there
/// is none. The hash is of the teacher (what its manifest says, the weights' digest and the input
/// rule in it, and its plugin's version; of an ensemble its rule and numbers, and all this of each
/// member) and of the pictures' pixels, so another teacher or other pictures have another file, and
/// folders may move.
/// A file that is there but cannot be used, or cannot be written, is told to `watcher->complain`,
/// and the teacher answers (again). `watcher` may be NULL. Errors: as mien_answerer_run()'s,
/// MIEN_BAD_INPUT (a picture that cannot be read again), MIEN_CANCELLED. [one thread at a time per
/// teacher]
MIEN_MUST_CHECK mien_status mien_distill(mien_teacher *teacher, const mien_dataset *dataset,
                                         const char *cache, const mien_dataset_watcher *watcher,
                                         float **probabilities, mien_error *error);

#endif
