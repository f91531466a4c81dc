// SPDX-License-Identifier: Apache-2.0
#include "host/manifest/table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *const mien_manifest_kinds[] = {"model", "ensemble", "dataset", "recipe", "sweep", NULL};

static const char *const colors[] = {"rgb", "bgr", "gray", NULL};
static const char *const resizes[] = {"stretch", "crop", "letterbox", NULL};
static const char *const rules[] = {"soft", "hard", "stack", NULL};
static const char *const formats[] = {"folders", NULL};
const char *const mien_fit_method_names[] = {"temperature", "weights", "both", "stack", NULL};

#define AT(member) offsetof(mien_manifest, member)

static const mien_field common_fields[] = {
    {.name = "schema",
     .type = MIEN_FIELD_INTEGER,
     .required = true,
     .minimum = 1,
     .maximum = 1,
     .offset = AT(schema),
     .help = "Version of this format."},
    {.name = "kind",
     .type = MIEN_FIELD_CHOICE,
     .required = true,
     .choices = mien_manifest_kinds,
     .offset = AT(kind),
     .help = "What the manifest describes."},
    {.name = "name",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .form = MIEN_FORM_NAME,
     .offset = AT(name),
     .help = "What commands call it; the file is NAME.yaml."},
    {.name = "summary",
     .type = MIEN_FIELD_TEXT,
     .offset = AT(summary),
     .help = "What it is, in one line."},
    {.name = "license",
     .type = MIEN_FIELD_TEXT,
     .offset = AT(license),
     .help = "SPDX expression of what the manifest describes."},
    {.name = "tags",
     .type = MIEN_FIELD_TEXTS,
     .least = 1,
     .most = 32,
     .offset = AT(tags),
     .help = "Words to find it by."},
};

const mien_section mien_section_common = {
    .title = "a manifest", .fields = common_fields, .count = COUNT(common_fields)};

static const mien_field weights_fields[] = {
    {.name = "file",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .form = MIEN_FORM_PATH,
     .offset = AT(model.weights.file),
     .help = "Safetensors file."},
    {.name = "sha256",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .form = MIEN_FORM_SHA256,
     .offset = AT(model.weights.sha256),
     .help = "Digest of the file, checked at load."},
    {.name = "license",
     .type = MIEN_FIELD_TEXT,
     .offset = AT(model.weights.license),
     .help = "SPDX expression of the weights."},
    {.name = "source",
     .type = MIEN_FIELD_TEXT,
     .offset = AT(model.weights.source),
     .help = "Where the weights come from."},
};

static const mien_section weights = {
    .title = "weights", .fields = weights_fields, .count = COUNT(weights_fields)};

static const mien_field input_fields[] = {
    {.name = "height",
     .type = MIEN_FIELD_INTEGER,
     .minimum = 1,
     .maximum = 4096,
     .offset = AT(model.input.height),
     .help = "Rows of the network's input."},
    {.name = "width",
     .type = MIEN_FIELD_INTEGER,
     .minimum = 1,
     .maximum = 4096,
     .offset = AT(model.input.width),
     .help = "Columns of the network's input."},
    {.name = "channels",
     .type = MIEN_FIELD_INTEGER,
     .minimum = 1,
     .maximum = 3,
     .offset = AT(model.input.channels),
     .help = "Channels of the network's input, 1 or 3."},
    {.name = "color",
     .type = MIEN_FIELD_CHOICE,
     .choices = colors,
     .offset = AT(model.input.color),
     .help = "Order of the channels; gray is luma."},
    {.name = "resize",
     .type = MIEN_FIELD_CHOICE,
     .choices = resizes,
     .offset = AT(model.input.resize),
     .help = "How a picture of another shape is fitted: pulled, cut, or padded with black."},
    {.name = "crop_fraction",
     .type = MIEN_FIELD_NUMBER,
     .minimum = 0.01,
     .maximum = 1,
     .offset = AT(model.input.crop_fraction),
     .help = "With crop: part of the shorter side that is kept (224 of 256 is 0.875)."},
    {.name = "mean",
     .type = MIEN_FIELD_NUMBERS,
     .minimum = -1000,
     .maximum = 1000,
     .least = 1,
     .most = 3,
     .offset = AT(model.input.mean),
     .help = "Subtracted from values in 0…1, in the order of `color`; one number for all channels, "
             "or one each."},
    {.name = "std",
     .type = MIEN_FIELD_NUMBERS,
     .minimum = 1e-6,
     .maximum = 1000,
     .least = 1,
     .most = 3,
     .offset = AT(model.input.stddev),
     .help = "Divided by, after `mean`; one number for all channels, or one each."},
};

const mien_section mien_section_input = {
    .title = "input", .fields = input_fields, .count = COUNT(input_fields)};

static const mien_field explain_fields[] = {
    {.name = "layer",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .offset = AT(model.explain_layer),
     .help = "Node of the graph that explanation looks at."},
};

const mien_section mien_section_explain = {
    .title = "explain", .fields = explain_fields, .count = COUNT(explain_fields)};

static const mien_field golden_fields[] = {
    {.name = "image",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .form = MIEN_FORM_PATH,
     .offset = offsetof(mien_manifest_golden, image),
     .help = "Picture file."},
    {.name = "crop",
     .type = MIEN_FIELD_NUMBERS,
     .maximum = 1e6,
     .least = 4,
     .most = 4,
     .offset = offsetof(mien_manifest_golden, crop),
     .help = "Part of the upright picture that counts: x, y, width, height in pixels."},
    {.name = "logits",
     .type = MIEN_FIELD_NUMBERS,
     .minimum = -1e6,
     .maximum = 1e6,
     .least = 1,
     .most = MIEN_MANIFEST_MAX_CLASSES,
     .offset = offsetof(mien_manifest_golden, logits),
     .help = "Expected logits, one a class; these or probabilities."},
    {.name = "probabilities",
     .type = MIEN_FIELD_NUMBERS,
     .maximum = 1,
     .least = 1,
     .most = MIEN_MANIFEST_MAX_CLASSES,
     .offset = offsetof(mien_manifest_golden, probabilities),
     .help = "Expected probabilities, one a class."},
    {.name = "top",
     .type = MIEN_FIELD_TEXT,
     .offset = offsetof(mien_manifest_golden, top),
     .help = "Class that the picture shows; the largest expected value must be that class's, or "
             "`classes` is in another order than the values."},
    {.name = "tolerance",
     .type = MIEN_FIELD_NUMBER,
     .minimum = 1e-7,
     .maximum = 1,
     .default_text = "0.001",
     .offset = offsetof(mien_manifest_golden, tolerance),
     .help = "Largest difference allowed, times the largest expected value where that is over 1."},
};

static const mien_section golden = {.title = "a golden sample",
                                    .fields = golden_fields,
                                    .count = COUNT(golden_fields),
                                    .size = sizeof(mien_manifest_golden),
                                    .at_offset = offsetof(mien_manifest_golden, at)};

static const mien_field model_fields[] = {
    {.name = "plugin",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .form = MIEN_FORM_NAME,
     .offset = AT(model.plugin),
     .help = "Name of the plugin that declares the network."},
    {.name = "classes",
     .type = MIEN_FIELD_TEXTS,
     .required = true,
     .least = 1,
     .most = MIEN_MANIFEST_MAX_CLASSES,
     .offset = AT(model.classes),
     .help = "What each logit means, in order."},
    {.name = "weights",
     .type = MIEN_FIELD_SECTION,
     .section = &weights,
     .help = "The trained weights."},
    {.name = "input",
     .type = MIEN_FIELD_SECTION,
     .section = &mien_section_input,
     .help = "How a picture becomes input, where it differs from the plugin's default."},
    {.name = "config",
     .type = MIEN_FIELD_PAIRS,
     .form = MIEN_FORM_VALUE,
     .most = 64,
     .offset = AT(model.config),
     .help = "The plugin's own keys; `mien inspect` lists them."},
    {.name = "explain",
     .type = MIEN_FIELD_SECTION,
     .section = &mien_section_explain,
     .help = "What explanation looks at, where it differs from the plugin's default."},
    {.name = "golden",
     .type = MIEN_FIELD_SECTIONS,
     .section = &golden,
     .least = 1,
     .most = 64,
     .offset = AT(model.golden),
     .count_offset = AT(model.golden_count),
     .help = "Pictures and what the model must answer; `mien check` runs them."},
    {.name = "card",
     .type = MIEN_FIELD_TEXT,
     .form = MIEN_FORM_PATH,
     .offset = AT(model.card),
     .help = "The model's card: a text file on its origin, use and limits."},
};

static const mien_field member_fields[] = {
    {.name = "model",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .form = MIEN_FORM_MANIFEST,
     .offset = offsetof(mien_ensemble_member, model),
     .help = "A model's manifest: its name, looked for in the ensemble's folder first, or its file "
             "as seen from there, with a slash or its .yaml."},
    {.name = "weight",
     .type = MIEN_FIELD_NUMBER,
     .minimum = 1e-6,
     .maximum = 1e6,
     .default_text = "1",
     .offset = offsetof(mien_ensemble_member, weight),
     .help = "Its part in the answer, relative to the others'."},
    {.name = "temperature",
     .type = MIEN_FIELD_NUMBER,
     .minimum = 1e-3,
     .maximum = 1e3,
     .default_text = "1",
     .offset = offsetof(mien_ensemble_member, temperature),
     .help = "Its logits are divided by this before they are combined: above 1 it is less sure."},
    {.name = "coefficients",
     .type = MIEN_FIELD_NUMBERS,
     .minimum = -1e6,
     .maximum = 1e6,
     .least = 1,
     .most = 4096,
     .offset = offsetof(mien_ensemble_member, coefficients),
     .help = "With rule: stack, a row for each class of the answer, of one number for each class "
             "of the member."},
};

static const mien_field fitted_fields[] = {
    {.name = "method",
     .type = MIEN_FIELD_CHOICE,
     .required = true,
     .choices = mien_fit_method_names,
     .offset = AT(ensemble.fitted.method),
     .help = "What was fitted: temperatures, weights, both, or a stack's coefficients."},
    {.name = "data",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .offset = AT(ensemble.fitted.data),
     .help = "The data set, as the command line named it."},
    {.name = "split",
     .type = MIEN_FIELD_TEXT,
     .offset = AT(ensemble.fitted.split),
     .help = "The split of a data set's manifest."},
    {.name = "validation",
     .type = MIEN_FIELD_NUMBER,
     .minimum = 1e-6,
     .maximum = 1,
     .required = true,
     .offset = AT(ensemble.fitted.validation),
     .help = "The part of it, cut off as a recipe's validation is; 1 is all."},
    {.name = "seed",
     .type = MIEN_FIELD_INTEGER,
     .minimum = 0,
     .maximum = 4294967295.0,
     .offset = AT(ensemble.fitted.seed),
     .help = "Of that cut."},
    {.name = "pictures",
     .type = MIEN_FIELD_INTEGER,
     .required = true,
     .minimum = 1,
     .maximum = 4294967295.0,
     .offset = AT(ensemble.fitted.pictures),
     .help = "How many they were."},
    {.name = "digests",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .form = MIEN_FORM_PATH,
     .offset = AT(ensemble.fitted.digests),
     .help = "A list of their digests, by which they are known again and left out of figures."},
    {.name = "sha256",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .form = MIEN_FORM_SHA256,
     .offset = AT(ensemble.fitted.sha256),
     .help = "Digest of that file, checked when figures are to be reported."},
    {.name = "before",
     .type = MIEN_FIELD_NUMBER,
     .maximum = 1e6,
     .offset = AT(ensemble.fitted.before),
     .help = "Log loss on these pictures before."},
    {.name = "after",
     .type = MIEN_FIELD_NUMBER,
     .maximum = 1e6,
     .offset = AT(ensemble.fitted.after),
     .help = "And after, which flatters."},
    {.name = "held_out",
     .type = MIEN_FIELD_NUMBER,
     .maximum = 1e6,
     .offset = AT(ensemble.fitted.held_out),
     .help = "Log loss of each of these pictures by numbers fitted to others of them."},
};

static const mien_section fitted = {.title = "fitted",
                                    .fields = fitted_fields,
                                    .count = COUNT(fitted_fields),
                                    .at_offset = SIZE_MAX};

static const mien_section member = {.title = "a member",
                                    .fields = member_fields,
                                    .count = COUNT(member_fields),
                                    .size = sizeof(mien_ensemble_member),
                                    .at_offset = SIZE_MAX};

static const mien_field ensemble_fields[] = {
    {.name = "members",
     .type = MIEN_FIELD_SECTIONS,
     .required = true,
     .section = &member,
     .least = 1,
     .most = 64,
     .offset = AT(ensemble.members),
     .count_offset = AT(ensemble.member_count),
     .help = "The models that answer together."},
    {.name = "rule",
     .type = MIEN_FIELD_CHOICE,
     .choices = rules,
     .default_text = "soft",
     .offset = AT(ensemble.rule),
     .help = "soft: weighted mean of probabilities; hard: weighted vote of top classes; stack: "
             "logistic regression on the members' log probabilities."},
    {.name = "classes",
     .type = MIEN_FIELD_TEXTS,
     .least = 2,
     .most = MIEN_MANIFEST_MAX_CLASSES,
     .offset = AT(ensemble.classes),
     .help = "The classes it answers with; a member's others are left out. Without them all "
             "members must have the same."},
    {.name = "intercept",
     .type = MIEN_FIELD_NUMBERS,
     .minimum = -1e6,
     .maximum = 1e6,
     .least = 1,
     .most = 64,
     .offset = AT(ensemble.intercept),
     .help = "With rule: stack, what is added to each class."},
    {.name = "fitted",
     .type = MIEN_FIELD_SECTION,
     .section = &fitted,
     .help = "How weights, temperatures or coefficients came about, written by `mien fit`."},
    {.name = "golden",
     .type = MIEN_FIELD_SECTIONS,
     .section = &golden,
     .least = 1,
     .most = 64,
     .offset = AT(ensemble.golden),
     .count_offset = AT(ensemble.golden_count),
     .help = "Pictures and what the ensemble must answer, with `classes`; `mien check` runs them."},
};

static const mien_field dataset_fields[] = {
    {.name = "root",
     .type = MIEN_FIELD_TEXT,
     .required = true,
     .form = MIEN_FORM_PATH,
     .offset = AT(dataset.root),
     .help = "Folder of the data."},
    {.name = "format",
     .type = MIEN_FIELD_CHOICE,
     .choices = formats,
     .default_text = "folders",
     .offset = AT(dataset.format),
     .help = "folders: one folder of pictures a class."},
    {.name = "splits",
     .type = MIEN_FIELD_PAIRS,
     .form = MIEN_FORM_PATH,
     .least = 1,
     .most = 16,
     .offset = AT(dataset.splits),
     .help = "Names of splits and their folders under root; without it, root itself is the data."},
    {.name = "classes",
     .type = MIEN_FIELD_TEXTS,
     .required = true,
     .least = 1,
     .most = MIEN_MANIFEST_MAX_CLASSES,
     .offset = AT(dataset.classes),
     .help = "The classes; a folder of each name holds its pictures."},
    {.name = "rename",
     .type = MIEN_FIELD_PAIRS,
     .least = 1,
     .most = 256,
     .offset = AT(dataset.rename),
     .help = "Folders whose name is not the class's: folder: class."},
};

static const mien_section model = {
    "a model", &mien_section_common, model_fields, COUNT(model_fields), 0, SIZE_MAX};
static const mien_section ensemble = {
    "an ensemble", &mien_section_common, ensemble_fields, COUNT(ensemble_fields), 0, SIZE_MAX};
static const mien_section dataset = {
    "a dataset", &mien_section_common, dataset_fields, COUNT(dataset_fields), 0, SIZE_MAX};

static const mien_section *const kinds[MIEN_KIND_COUNT] = {
    [MIEN_KIND_MODEL] = &model,
    [MIEN_KIND_ENSEMBLE] = &ensemble,
    [MIEN_KIND_DATASET] = &dataset,
    [MIEN_KIND_RECIPE] = &mien_section_recipe,
    [MIEN_KIND_SWEEP] = &mien_section_sweep,
};

const mien_section *mien_manifest_section(mien_manifest_kind kind) {
    return kinds[kind];
}

size_t mien_section_fields(const mien_section *section) {
    return (section->base ? section->base->count : 0) + section->count;
}

const mien_field *mien_section_field(const mien_section *section, size_t index) {
    const size_t inherited = section->base ? section->base->count : 0;
    return index < inherited ? &section->base->fields[index] : &section->fields[index - inherited];
}

const char *mien_manifest_kind_text(mien_manifest_kind kind) {
    return mien_manifest_kinds[kind];
}
