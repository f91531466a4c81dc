// SPDX-License-Identifier: Apache-2.0
/// @file
/// Explanations: which parts of a picture speak for a class.
///
/// Methods that differentiate look at layers of the plugin's graph; rollout looks at its attention;
/// occlusion and RISE only ask the model again and again, and so serve every plugin. All explain a
/// logit, not a probability, which a sure model no longer moves.
#ifndef MIEN_HOST_EXPLAIN_EXPLAIN_H
#define MIEN_HOST_EXPLAIN_EXPLAIN_H

#include "host/model.h"
#include "mien/gradient.h"

typedef enum mien_explain_method {
    MIEN_GRAD_CAM = 0,  ///< Selvaraju et al., arXiv:1610.02391
    MIEN_GRAD_CAM_PLUS, ///< Chattopadhyay et al., arXiv:1710.11063
    MIEN_HIRES_CAM,     ///< Draelos and Carin, arXiv:2011.08891
    MIEN_LAYER_CAM,     ///< Jiang et al., doi:10.1109/TIP.2021.3089943
    MIEN_EIGEN_CAM,     ///< Muhammad and Yeasin, arXiv:2008.00299; the same for every class
    MIEN_ROLLOUT,       ///< Abnar and Zuidema, arXiv:2005.00928; the same for every class
    MIEN_OCCLUSION,     ///< Zeiler and Fergus, arXiv:1311.2901
    MIEN_RISE,          ///< Petsiuk et al., arXiv:1806.07421
} mien_explain_method;

/// "grad-cam", …, NULL: indexed by mien_explain_method.
extern const char *const mien_explain_method_names[];

/// Whether a method works for plugins without a graph.
bool mien_explain_asks_only(mien_explain_method method);

/// A layer that can be explained: a feature map, or tokens whose last ones form a grid.
typedef struct mien_explain_layer_info {
    mien_node node;
    const char *name, *operator_name; ///< the graph's
    uint32_t height, width, channels;
    size_t offset; ///< numbers of a picture before the grid: those of a class token
} mien_explain_layer_info;

/// Whether `node` can be explained, and how. [any thread]
bool mien_explain_layer_of(const mien_graph *graph, mien_node node, mien_explain_layer_info *layer);

/// The layer to look at when none is named: the manifest's, else the plugin's, else the last one
/// that can be explained. MIEN_NO_NODE when there is none. [any thread]
mien_node mien_explain_default_layer(const mien_model *model);

typedef struct mien_explain_options {
    mien_explain_method method;
    const char *const *layers; ///< names; borrowed for the call
    size_t layer_count;        ///< 0: the default layer
    bool flips;                ///< averages over the picture and its mirror image
    bool principal;            ///< keeps the first principal component of what is summed
    uint32_t masks;            ///< of RISE; 0 means 1000
    uint32_t threads;          ///< at least 1
    bool shuffled;             ///< methods that look inside see shuffled weights
    uint64_t shuffle;          ///< which ones (host/explain/shuffle.h)
    /// Called now and then where a picture takes many runs; false stops. NULL: nothing.
    bool (*proceed)(void *user);
    void *user;
} mien_explain_options;

/// What one model sees in one picture.
typedef struct mien_explanation {
    uint32_t height, width; ///< of the map
    float *values; ///< height × width, raw: of the size the method gives them, not negative
    uint32_t class_index;
    float logit;
    double probability;
    float peak;  ///< the largest value
    bool finite; ///< false: a value is not a number, and the map means nothing
} mien_explanation;

/// True when the map can be drawn; else `*why` says why not.
bool mien_explanation_visible(const mien_explanation *explanation, const char **why);
/// Where the map is strongest, as an index into its values; of equal places the first.
size_t mien_explanation_peak(const mien_explanation *explanation);
void mien_explanation_clear(mien_explanation *explanation);

typedef struct mien_explainer mien_explainer;

/// Prepares explanations of a model, which must outlive it. A deferred model that has not run yet
/// is given the explainer's plan, for both to use. Free with mien_explainer_free().
/// Errors: MIEN_BAD_INPUT (a layer that does not exist or has no map; the message lists those that
/// do), MIEN_UNSUPPORTED (no graph, or no attention; says which methods work), those of
/// mien_gradient_session_create(). [any thread]
MIEN_MUST_CHECK mien_status mien_explainer_create(mien_model *model,
                                                  const mien_explain_options *options,
                                                  mien_explainer **explainer, mien_error *error);
/// NULL is allowed.
void mien_explainer_free(mien_explainer *explainer);

/// Explains a class, or MIEN_PREDICTED_CLASS, of one prepared input. `explanation` is the caller's
/// to clear. Errors: the model's, MIEN_CANCELLED, MIEN_OUT_OF_MEMORY.
/// [one thread at a time per explainer, and none runs its model meanwhile]
MIEN_MUST_CHECK mien_status mien_explainer_run(mien_explainer *explainer, const float *input,
                                               uint32_t class_index, mien_explanation *explanation,
                                               mien_error *error);

/// The same without cutting negative values, to be compared with, not drawn: what speaks against
/// the class is in the map as well, and `peak` is the largest value of either sign. Methods that
/// only ask cut theirs all the same. [as mien_explainer_run()]
MIEN_MUST_CHECK mien_status mien_explainer_run_signed(mien_explainer *explainer, const float *input,
                                                      uint32_t class_index,
                                                      mien_explanation *explanation,
                                                      mien_error *error);

/// The layers in use, for reports; none for methods that only ask. [any thread]
size_t mien_explainer_layer_count(const mien_explainer *explainer);
const mien_explain_layer_info *mien_explainer_layer(const mien_explainer *explainer, size_t index);

#endif
