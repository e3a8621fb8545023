#include "models/spaces/residual_net.hpp"

#include <algorithm>
#include <cmath>

#include "models/graph/builder.hpp"
#include "models/graph/init.hpp"

namespace phasecore::spaces {

namespace {

int inner_width(const ResidualNet& net, const ResidualStage& stage) {
  return std::max(1, stage.width / net.bottleneck_divisor);
}

/// A convolution without bias and its batch norm.
Cost unit_cost(long long in, long long out, long long kernel, long long pixels) {
  const long long weights = in * out * kernel * kernel;
  return {weights + 2 * out, weights * pixels, 1};
}

void accumulate(Cost& sum, const Cost& part, long long times) {
  sum.parameters += times * part.parameters;
  sum.macs += times * part.macs;
}

/// One branch; `before` and `after` are pixels of its block's input and output.
Cost branch_cost(const ResidualNet& net, const ResidualStage& stage, BlockShape shape, int in,
                 long long before, long long after) {
  Cost sum;
  switch (shape) {
    case BlockShape::Basic:
      accumulate(sum, unit_cost(in, stage.width, stage.kernel, after), 1);
      accumulate(sum, unit_cost(stage.width, stage.width, stage.kernel, after), 1);
      break;
    case BlockShape::Bottleneck: {
      const int inner = inner_width(net, stage);
      accumulate(sum, unit_cost(in, inner, 1, before), 1);
      accumulate(sum, unit_cost(inner, inner, stage.kernel, after), 1);
      accumulate(sum, unit_cost(inner, stage.width, 1, after), 1);
      break;
    }
    case BlockShape::Separable:
      accumulate(sum, unit_cost(1, in, stage.kernel, after), 1);
      accumulate(sum, unit_cost(in, stage.width, 1, after), 1);
      break;
  }
  return sum;
}

Cost block_cost(const ResidualNet& net, const ResidualStage& stage, int in, long long before, long long after,
                bool projected) {
  Cost sum;
  for (const BlockShape shape : stage.shapes)
    accumulate(sum, branch_cost(net, stage, shape, in, before, after), stage.branches);
  if (projected || in != stage.width) accumulate(sum, unit_cost(in, stage.width, 1, after), 1);
  return sum;
}

int longest_branch(const ResidualStage& stage) {
  int most = 0;
  for (const BlockShape shape : stage.shapes) most = std::max(most, convolutions(shape));
  return most;
}

/// Is there a classifier behind this stage? (Counted from 1.)
bool has_exit(const ResidualNet& net, int stage, bool last) {
  return net.first_exit == 0 ? last : stage >= net.first_exit;
}

/// Writes the stages down.
class Writer {
 public:
  Writer(const ResidualNet& net, graph::Builder& draft) : net_(net), draft_(draft) {
    for (const auto& stage : net.stages) blocks_ += stage.blocks;
  }

  int block(const std::string& name, const ResidualStage& stage, int from, int stride, bool first) {
    int sum = from;
    if (stride != 1 || draft_.channels(from) != stage.width || (first && stage.keeps_projection)) {
      sum = draft_.conv(name + ".shortcut", from, stage.width, graph::centred_window(1, stride));
      sum = draft_.batch_norm(name + ".shortcut.norm", sum);
    }
    int added = 0;
    for (const BlockShape shape : stage.shapes)
      for (int b = 1; b <= stage.branches; ++b) {
        const int out = branch(name + ".branch" + std::to_string(b), shape, stage, from, stride);
        sum = draft_.add(name + ".add" + std::to_string(++added), sum, out);
      }
    return stage.relu_before_norm ? sum : draft_.relu(name + ".relu", sum);
  }

 private:
  int branch(const std::string& name, BlockShape shape, const ResidualStage& stage, int from, int stride) {
    if (shape == BlockShape::Basic) {
      const int x = unit(name + ".conv1", stage, from, stage.width, stage.kernel, stride, false);
      return unit(name + ".conv2", stage, x, stage.width, stage.kernel, 1, true);
    }
    if (shape == BlockShape::Separable) {
      const int channels = draft_.channels(from);
      const int x = unit(name + ".depthwise", stage, from, channels, stage.kernel, stride, false, channels);
      return unit(name + ".pointwise", stage, x, stage.width, 1, 1, true);
    }
    const int inner = inner_width(net_, stage);
    int x = unit(name + ".reduce", stage, from, inner, 1, 1, false);
    x = unit(name + ".conv", stage, x, inner, stage.kernel, stride, false);
    return unit(name + ".expand", stage, x, stage.width, 1, 1, true);
  }

  int unit(const std::string& name, const ResidualStage& stage, int from, int out, int kernel, int stride,
           bool last, int groups = 1) {
    const float scale = last ? 1 / std::sqrt(static_cast<float>(stage.branches * blocks_)) : 1.0f;
    int x = draft_.conv(name, from, out, graph::centred_window(kernel, stride), groups);
    if (stage.relu_before_norm) x = draft_.relu(name + ".relu", x);
    x = draft_.batch_norm(name + ".norm", x, scale);
    if (!stage.relu_before_norm && !last) x = draft_.relu(name + ".relu", x);
    return x;
  }

  const ResidualNet& net_;
  graph::Builder& draft_;
  int blocks_ = 0;
};

}  // namespace

int convolutions(BlockShape shape) {
  return shape == BlockShape::Bottleneck ? 3 : 2;
}

Cost cost_of(const ResidualNet& net, const graph::Shape& input, int classes) {
  const int stride = net.stem_stride;
  long long height = (input[1] + stride - 1) / stride, width = (input[2] + stride - 1) / stride;
  Cost sum = unit_cost(input[0], net.stem_width, net.stem_kernel, height * width);
  sum.depth = 2;  // stem and classifier
  int in = net.stem_width;
  for (std::size_t s = 0; s < net.stages.size(); ++s) {
    const ResidualStage& stage = net.stages[s];
    const long long before = height * width;
    if (s > 0) {
      height = (height + 1) / 2;
      width = (width + 1) / 2;
    }
    const long long after = height * width;
    accumulate(sum, block_cost(net, stage, in, before, after, s > 0 || stage.keeps_projection), 1);
    accumulate(sum, block_cost(net, stage, stage.width, after, after, false), stage.blocks - 1);
    sum.depth += stage.blocks * longest_branch(stage);
    in = stage.width;
    const bool last = s + 1 == net.stages.size();
    if (has_exit(net, static_cast<int>(s) + 1, last)) {
      const long long classifier = static_cast<long long>(in) * classes;
      accumulate(sum, {classifier + classes, classifier, 1}, 1);
    }
  }
  return sum;
}

graph::Network draft_of(const ResidualNet& net, const std::string& name, const graph::Shape& input,
                        int classes, std::uint64_t seed) {
  graph::Builder draft(name, input);
  int x = draft.conv("stem", draft.input(), net.stem_width,
                     graph::centred_window(net.stem_kernel, net.stem_stride));
  x = draft.relu("stem.relu", draft.batch_norm("stem.norm", x));
  Writer writer(net, draft);
  for (std::size_t s = 0; s < net.stages.size(); ++s) {
    const std::string number = std::to_string(s + 1);
    for (int b = 1; b <= net.stages[s].blocks; ++b)
      x = writer.block("stage" + number + ".block" + std::to_string(b), net.stages[s], x,
                       s > 0 && b == 1 ? 2 : 1, b == 1);
    if (has_exit(net, static_cast<int>(s) + 1, s + 1 == net.stages.size()))
      draft.deliver(draft.classify(x, classes, net.first_exit == 0 ? "" : number));
  }
  graph::Network network = draft.finish();
  graph::fill_he_normal(network, seed, graph::WeightAddress::ByOutput);
  return network;
}

}  // namespace phasecore::spaces
