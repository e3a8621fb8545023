// Arrays as the model was exported for, where the network's input has its axes in another order.
#pragma once

#include "models/graph/infer.hpp"

namespace phasecore::onnx {

/// Shape of a sample as the file says it; the input's own unless reading moved a Transpose into it.
graph::Shape exported_input_shape(const graph::Network& network);

/// A batch of that shape in the network's order of axes. What has another shape is returned as it is.
graph::Batch in_network_axes(const graph::Network& network, graph::Batch batch);

}  // namespace phasecore::onnx
