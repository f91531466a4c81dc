// SPDX-License-Identifier: Apache-2.0
/// @file
/// The two backbones of resnet-transfer: each goes from the input to a vector of features.
#ifndef RESNET_TRANSFER_RESNET_H
#define RESNET_TRANSFER_RESNET_H

#include <mien/plugin.h>

/// He et al.'s ResNet-18, -34 or -50 with torchvision's names: {512} or {2048} features at
/// width 64.
mien_node resnet_torchvision(const mien_config *config, mien_graph *graph, mien_node input);

/// dlib's face-recognition ResNet with @vladmandic/face-api's names: the {128} face descriptor.
mien_node resnet_dlib(const mien_config *config, mien_graph *graph, mien_node input);

#endif
