// SPDX-License-Identifier: Apache-2.0
// The binary interface in numbers, so that nobody changes it without noticing: a plugin compiled
// last year must still mean the same bytes. A line here that fails says what would break. While
// MIEN_ABI_MAJOR stays, existing lines never change, with one exception: the SIZE of a struct whose
// first member is its size. What is appended to such a struct raises MIEN_ABI_MINOR and starts at
// the size it had before, not in the hole that its last members may leave: a caller of an older
// version did not fill that.
#include "mien/mien.h"

#if UINTPTR_MAX == UINT64_MAX // where pointers are shorter, the same rules give other numbers

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")
#define MEMBER(type, member, at)                                                                   \
    _Static_assert(offsetof(type, member) == (at), #type "." #member " has moved")
#define VALUE(name, number) _Static_assert((name) == (number), #name " has another number")

SIZE(mien_status, 4);
VALUE(MIEN_OK, 0);
VALUE(MIEN_INVALID_ARGUMENT, 1);
VALUE(MIEN_BAD_INPUT, 2);
VALUE(MIEN_NOT_FOUND, 3);
VALUE(MIEN_UNSUPPORTED, 4);
VALUE(MIEN_OUT_OF_MEMORY, 5);
VALUE(MIEN_IO, 6);
VALUE(MIEN_ABI_MISMATCH, 7);
VALUE(MIEN_PLUGIN, 8);
VALUE(MIEN_CANCELLED, 9);
VALUE(MIEN_INTERNAL, 10);

VALUE(MIEN_ERROR_CAPACITY, 4096);
VALUE(MIEN_MAX_RANK, 6);
VALUE(MIEN_SHAPE_TEXT, 160);
VALUE(MIEN_NO_NODE, -1);
VALUE(MIEN_CONFIG_MAX_INTEGERS, 32);
VALUE(MIEN_SHA256_HEX, 65);
SIZE(mien_node, 4);

SIZE(mien_error, 4100);
MEMBER(mien_error, status, 0);
MEMBER(mien_error, message, 4);

SIZE(mien_shape, 56);
MEMBER(mien_shape, rank, 0);
MEMBER(mien_shape, dim, 8);

SIZE(mien_tensor, 80);
MEMBER(mien_tensor, dtype, 0);
MEMBER(mien_tensor, shape, 8);
MEMBER(mien_tensor, data, 64);
MEMBER(mien_tensor, bytes, 72);

SIZE(mien_dtype, 4);
VALUE(MIEN_F32, 0);
VALUE(MIEN_F16, 1);
VALUE(MIEN_I8, 2);
VALUE(MIEN_U8, 3);
VALUE(MIEN_I32, 4);
VALUE(MIEN_I64, 5);

SIZE(mien_padding, 16);
MEMBER(mien_padding, top, 0);
MEMBER(mien_padding, right, 4);
MEMBER(mien_padding, bottom, 8);
MEMBER(mien_padding, left, 12);

SIZE(mien_extent, 8);
MEMBER(mien_extent, height, 0);
MEMBER(mien_extent, width, 4);

SIZE(mien_conv2d_options, 80);
MEMBER(mien_conv2d_options, size, 0);
MEMBER(mien_conv2d_options, filters, 8);
MEMBER(mien_conv2d_options, kernel, 12);
MEMBER(mien_conv2d_options, stride, 20);
MEMBER(mien_conv2d_options, dilation, 28);
MEMBER(mien_conv2d_options, padding, 36);
MEMBER(mien_conv2d_options, groups, 52);
MEMBER(mien_conv2d_options, bias, 56);
MEMBER(mien_conv2d_options, weight, 64);
MEMBER(mien_conv2d_options, bias_name, 72);

SIZE(mien_linear_options, 32);
MEMBER(mien_linear_options, size, 0);
MEMBER(mien_linear_options, features, 8);
MEMBER(mien_linear_options, bias, 12);
MEMBER(mien_linear_options, weight, 16);
MEMBER(mien_linear_options, bias_name, 24);

SIZE(mien_pool2d_options, 48);
MEMBER(mien_pool2d_options, size, 0);
MEMBER(mien_pool2d_options, kernel, 8);
MEMBER(mien_pool2d_options, stride, 16);
MEMBER(mien_pool2d_options, padding, 24);
MEMBER(mien_pool2d_options, ceil_mode, 40);
MEMBER(mien_pool2d_options, count_padding, 41);

SIZE(mien_parameter, 64);
MEMBER(mien_parameter, name, 0);
MEMBER(mien_parameter, shape, 8);

SIZE(mien_cost, 24);
MEMBER(mien_cost, multiply_adds, 0);
MEMBER(mien_cost, parameters, 8);
MEMBER(mien_cost, activation_bytes, 16);

SIZE(mien_node_info, 224);
MEMBER(mien_node_info, size, 0);
MEMBER(mien_node_info, name, 8);
MEMBER(mien_node_info, operator_name, 16);
MEMBER(mien_node_info, shape, 24);
MEMBER(mien_node_info, input_count, 80);
MEMBER(mien_node_info, inputs, 88);
MEMBER(mien_node_info, parameter_count, 96);
MEMBER(mien_node_info, cost, 104);
MEMBER(mien_node_info, detail, 128);

SIZE(mien_flatten_order, 4);
VALUE(MIEN_FLATTEN_HWC, 0);
VALUE(MIEN_FLATTEN_CHW, 1);

SIZE(mien_config_key, 64);
MEMBER(mien_config_key, size, 0);
MEMBER(mien_config_key, name, 8);
MEMBER(mien_config_key, type, 16);
MEMBER(mien_config_key, default_text, 24);
MEMBER(mien_config_key, minimum, 32);
MEMBER(mien_config_key, maximum, 40);
MEMBER(mien_config_key, choices, 48);
MEMBER(mien_config_key, help, 56);

SIZE(mien_input_spec, 56);
MEMBER(mien_input_spec, size, 0);
MEMBER(mien_input_spec, height, 8);
MEMBER(mien_input_spec, width, 12);
MEMBER(mien_input_spec, channels, 16);
MEMBER(mien_input_spec, color, 20);
MEMBER(mien_input_spec, resize, 24);
MEMBER(mien_input_spec, crop_fraction, 28);
MEMBER(mien_input_spec, mean, 32);
MEMBER(mien_input_spec, std, 44);

SIZE(mien_open_arguments, 32);
MEMBER(mien_open_arguments, size, 0);
MEMBER(mien_open_arguments, config, 8);
MEMBER(mien_open_arguments, weights_path, 16);
MEMBER(mien_open_arguments, threads, 24);

SIZE(mien_plugin, 120);
MEMBER(mien_plugin, size, 0);
MEMBER(mien_plugin, abi_version, 8);
MEMBER(mien_plugin, id, 16);
MEMBER(mien_plugin, name, 24);
MEMBER(mien_plugin, version, 32);
MEMBER(mien_plugin, license, 40);
MEMBER(mien_plugin, summary, 48);
MEMBER(mien_plugin, config_keys, 56);
MEMBER(mien_plugin, config_key_count, 64);
MEMBER(mien_plugin, input, 72);
MEMBER(mien_plugin, build, 80);
MEMBER(mien_plugin, open, 88);
MEMBER(mien_plugin, run, 96);
MEMBER(mien_plugin, close, 104);
MEMBER(mien_plugin, get_extension, 112);

SIZE(mien_config_type, 4);
VALUE(MIEN_CONFIG_INTEGER, 0);
VALUE(MIEN_CONFIG_NUMBER, 1);
VALUE(MIEN_CONFIG_BOOLEAN, 2);
VALUE(MIEN_CONFIG_TEXT, 3);
VALUE(MIEN_CONFIG_INTEGERS, 4);

SIZE(mien_color, 4);
VALUE(MIEN_RGB, 0);
VALUE(MIEN_BGR, 1);
VALUE(MIEN_GRAY, 2);

SIZE(mien_resize, 4);
VALUE(MIEN_RESIZE_STRETCH, 0);
VALUE(MIEN_RESIZE_CROP, 1);
VALUE(MIEN_RESIZE_LETTERBOX, 2);

SIZE(mien_image, 24);
MEMBER(mien_image, height, 0);
MEMBER(mien_image, width, 4);
MEMBER(mien_image, channels, 8);
MEMBER(mien_image, pixels, 16);

SIZE(mien_image_limits, 16);
MEMBER(mien_image_limits, max_file_bytes, 0);
MEMBER(mien_image_limits, max_pixels, 8);

SIZE(mien_named_tensor, 88);
MEMBER(mien_named_tensor, name, 0);
MEMBER(mien_named_tensor, tensor, 8);

SIZE(mien_session_options, 16);
MEMBER(mien_session_options, size, 0);
MEMBER(mien_session_options, plan, 8);
MEMBER(mien_session_options, extra_output, 12);

SIZE(mien_gradient_options, 32);
MEMBER(mien_gradient_options, size, 0);
MEMBER(mien_gradient_options, layers, 8);
MEMBER(mien_gradient_options, layer_count, 16);
MEMBER(mien_gradient_options, plan, 20);
MEMBER(mien_gradient_options, activations_only, 24);

SIZE(mien_step_profile, 40);
MEMBER(mien_step_profile, node, 0);
MEMBER(mien_step_profile, algorithm, 8);
MEMBER(mien_step_profile, milliseconds, 16);
MEMBER(mien_step_profile, multiply_adds, 24);
MEMBER(mien_step_profile, bytes, 32);

SIZE(mien_plan, 4);
VALUE(MIEN_PLAN_FAST, 0);
VALUE(MIEN_PLAN_SMALL, 1);

#endif
