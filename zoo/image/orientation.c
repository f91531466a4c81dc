// SPDX-License-Identifier: Apache-2.0
// EXIF orientation: read by libexif, applied here.
#include "zoo/image/internal.h"
#include "zoo/image/memory.h"

#include <libexif/exif-data.h>
#include <libexif/exif-mem.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t exif_header[6] = {'E', 'x', 'i', 'f', 0, 0};

static void *allocate(ExifLong size) {
    return mien_memory_calloc(1, size); // libexif counts on zeros
}

static void *reallocate(void *block, ExifLong size) {
    return mien_memory_realloc(block, size);
}

static int find_orientation(ExifData *data) {
    // The picture's own directory: the thumbnail's may have an orientation, too.
    ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    if (entry && entry->data && entry->format == EXIF_FORMAT_SHORT && entry->size >= 2) {
        int value = exif_get_short(entry->data, exif_data_get_byte_order(data));
        return value >= 1 && value <= 8 ? value : MIEN_ORIENTATION_UPRIGHT;
    }
    return MIEN_ORIENTATION_UPRIGHT;
}

mien_status mien_orientation_of_jpeg(const uint8_t *bytes, size_t size, int *orientation,
                                     mien_error *error) {
    mien_memory_watch();
    ExifMem *memory = exif_mem_new(allocate, reallocate, free);
    ExifData *data = memory ? exif_data_new_mem(memory) : NULL;
    if (data) {
        exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION); // makes up entries
        exif_data_load_data(data, bytes, size > UINT_MAX ? UINT_MAX : (unsigned)size);
        *orientation = find_orientation(data);
    }
    mien_status status =
        data && !mien_memory_lacked() ? MIEN_OK : mien_fail_memory(error, "EXIF data");
    exif_data_unref(data);
    exif_mem_unref(memory);
    return status;
}

mien_status mien_orientation_of_tiff(const uint8_t *bytes, size_t size, int *orientation,
                                     mien_error *error) {
    size_t total;
    uint8_t *block = NULL;
    if (__builtin_add_overflow(size, sizeof exif_header, &total) || !(block = malloc(total))) {
        return mien_fail_memory(error, "EXIF data");
    }
    memcpy(block, exif_header, sizeof exif_header);
    memcpy(block + sizeof exif_header, bytes, size);
    mien_status status = mien_orientation_of_jpeg(block, total, orientation, error);
    free(block);
    return status;
}

// Where the upright picture's first pixel is stored, and how far its neighbours to the right and
// below are from it, in pixels.
typedef struct walk {
    ptrdiff_t origin, right, down;
} walk;

static walk find_walk(int orientation, ptrdiff_t width, ptrdiff_t height) {
    ptrdiff_t last_row = (height - 1) * width, last_column = width - 1;
    switch (orientation) {
    case 2: // mirrored left to right
        return (walk){last_column, -1, width};
    case 3: // turned by 180 degrees
        return (walk){last_row + last_column, -1, -width};
    case 4: // mirrored top to bottom
        return (walk){last_row, 1, -width};
    case 5: // mirrored at the main diagonal
        return (walk){0, width, 1};
    case 6: // to be turned clockwise
        return (walk){last_row, -width, 1};
    case 7: // mirrored at the other diagonal
        return (walk){last_row + last_column, -width, -1};
    case 8: // to be turned counter-clockwise
        return (walk){last_column, width, -1};
    default:
        return (walk){0, 1, width};
    }
}

mien_status mien_orientation_apply(mien_image *image, int orientation, mien_error *error) {
    if (orientation == MIEN_ORIENTATION_UPRIGHT) {
        return MIEN_OK;
    }
    bool transposed = orientation >= 5;
    mien_image upright;
    mien_status status =
        mien_image_allocate(&upright, transposed ? image->height : image->width,
                            transposed ? image->width : image->height, image->channels, error);
    if (status != MIEN_OK) {
        return status;
    }
    walk steps = find_walk(orientation, image->width, image->height);
    ptrdiff_t channels = image->channels;
    uint8_t *target = upright.pixels;
    for (uint32_t y = 0; y < upright.height; y++) {
        const uint8_t *source = image->pixels + (steps.origin + y * steps.down) * channels;
        for (uint32_t x = 0; x < upright.width; x++) {
            for (ptrdiff_t c = 0; c < channels; c++) {
                *target++ = source[c];
            }
            if (x + 1 < upright.width) { // no pointer past the picture's ends
                source += steps.right * channels;
            }
        }
    }
    mien_image_free(image);
    *image = upright;
    return MIEN_OK;
}
