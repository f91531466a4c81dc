// SPDX-License-Identifier: Apache-2.0
// The input rule in force: the manifest's members over the plugin's.
#include "host/manifest.h"

static void spread(const mien_manifest_numbers *numbers, float values[3]) {
    for (size_t i = 0; numbers->count > 0 && i < 3; i++) {
        values[i] = (float)numbers->items[numbers->count == 1 ? 0 : i];
    }
}

static mien_status check_length(const mien_manifest *manifest, const char *name,
                                const mien_manifest_numbers *numbers, uint32_t channels,
                                mien_error *error) {
    if (numbers->count <= 1 || numbers->count == channels) {
        return MIEN_OK;
    }
    return mien_manifest_fail(manifest, numbers->at, error, MIEN_BAD_INPUT,
                              "%s has %zu numbers for %u channel%s; give one, or one a channel",
                              name, numbers->count, channels, channels == 1 ? "" : "s");
}

/// A plugin for grey pictures may have left what more channels need at 0.
static mien_status check_std(const mien_manifest *manifest, const mien_input_spec *spec,
                             mien_error *error) {
    for (uint32_t i = 0; i < spec->channels; i++) {
        if (spec->std[i] == 0) {
            return mien_manifest_fail(manifest, manifest->model.plugin.at, error, MIEN_BAD_INPUT,
                                      "the input has %u channels, but std of channel %u is 0; add "
                                      "std to input",
                                      spec->channels, i + 1);
        }
    }
    return MIEN_OK;
}

mien_status mien_manifest_input_spec(const mien_manifest *manifest, const mien_input_spec *defaults,
                                     mien_input_spec *spec, mien_error *error) {
    const mien_manifest_input *const input = &manifest->model.input;
    const mien_position whole = manifest->model.plugin.at;
    mien_input_spec made = *defaults;
    made.size = sizeof made;
    made.height = input->height ? input->height : made.height;
    made.width = input->width ? input->width : made.width;
    made.channels = input->channels ? input->channels : made.channels;
    made.color = input->color >= 0 ? (mien_color)input->color : made.color;
    made.resize = input->resize >= 0 ? (mien_resize)input->resize : made.resize;
    made.crop_fraction =
        input->crop_fraction > 0 ? (float)input->crop_fraction : made.crop_fraction;
    spread(&input->mean, made.mean);
    spread(&input->stddev, made.std);
    if (made.channels != 1 && made.channels != 3) {
        return mien_manifest_fail(manifest, whole, error, MIEN_BAD_INPUT,
                                  "the input has %u channels; it must have 1 or 3", made.channels);
    }
    if (made.channels == 1 && made.color != MIEN_GRAY) {
        return mien_manifest_fail(manifest, whole, error, MIEN_BAD_INPUT,
                                  "the input has one channel and is not gray; add to input: "
                                  "color: gray, or channels: 3");
    }
    mien_status status = check_length(manifest, "mean", &input->mean, made.channels, error);
    if (status == MIEN_OK) {
        status = check_length(manifest, "std", &input->stddev, made.channels, error);
    }
    if (status == MIEN_OK) {
        status = check_std(manifest, &made, error);
    }
    if (status == MIEN_OK) {
        *spec = made;
    }
    return status;
}
