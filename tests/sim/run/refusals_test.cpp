// Networks that the chip cannot compute: all that stands in the way, in one message.
#include <gtest/gtest.h>

#include "models/graph/fold.hpp"
#include "models/graph/ops/activation.hpp"
#include "models/graph/ops/add.hpp"
#include "models/graph/ops/arithmetic.hpp"
#include "models/graph/ops/attention.hpp"
#include "models/graph/ops/constant.hpp"
#include "models/graph/ops/reduce.hpp"
#include "models/graph/ops/reshape.hpp"
#include "models/graph/ops/resize.hpp"
#include "models/graph/ops/softmax.hpp"
#include "sim/mapping/mapping.hpp"
#include "tests/sim/numerics/toy.hpp"
#include "tests/support/support.hpp"

namespace phasecore {
namespace {

using test::NetworkBuilder;

void expect_refused(const graph::Network& network, const std::string& message) {
  test::expect_input_error([&] { mapping::map(graph::fold(network), test::toy_chip(64)); }, message);
}

std::string hint(const std::string& what) {
  return "\nThe chip computes all but " + what +
         "; docs/operators.md says what it can. `phasecore infer` computes all of them in float.";
}

TEST(RefusedNetworks, NameEveryOperatorOnceAlsoBehindAnother) {
  NetworkBuilder b("several", {2, 6, 6});
  const int across = b.put("across", graph::Softmax(2), {b.conv("conv", 0, 4, 3)});
  graph::Resize resize;
  resize.target = {4, 12, 12};
  resize.scales = {1, 2, 2};
  resize.mode = graph::Resize::Mode::Linear;
  graph::Reduce sum;
  sum.kind = graph::Reduce::Kind::Sum;
  sum.axes = {1, 2};
  sum.keep_dims = false;
  const int large = b.put("large", resize, {b.put("again", graph::Softmax(2), {across})});
  const int active = b.op<graph::Relu>("relu", {b.conv("second", large, 6, 3)});
  expect_refused(
      b.build(b.gemm("classifier", b.put("sum", sum, {active}), 10)),
      "error: node 'across' (Softmax): cannot be mapped: the chip computes it along the channels of each "
      "pixel "
      "only (the first of 2)\n"
      "error: node 'large' (Resize): cannot be mapped: the chip resizes to the nearest pixel only\n"
      "error: node 'sum' (ReduceSum): cannot be mapped: the chip has no unit for it" +
          hint("4 of the 9 layers of network 'several'"));
}

TEST(RefusedNetworks, SayInPlainWordsThatTheChipHasNoSuchShapes) {
  const std::string shapes =
      "; the chip has vectors, lines (channels x length) and images (channels x height x width)";
  NetworkBuilder video("video", {2, 3, 4, 5});
  expect_refused(
      video.build(
          video.gemm("fc", video.op<graph::Flatten>("flatten", {video.op<graph::Relu>("relu", {0})}), 10)),
      "error: node 'image' (Input): cannot be mapped: the network takes values of 4 dimensions (2x3x4x5)" +
          shapes + hint("1 of the 4 layers of network 'video'"));
  NetworkBuilder b("heads", {2, 6, 6});
  const int heads = b.put("heads", graph::Reshape({2, 2, 6, 6}), {b.conv("conv", 0, 4, 3)});
  const int weighted = b.put("softmax", graph::Softmax(0), {heads});
  const std::string why = " (Softmax): cannot be mapped: it reads values of 4 dimensions (2x2x6x6)" + shapes;
  expect_refused(
      b.build(b.put("again", graph::Softmax(0), {weighted})),
      "error: node 'softmax'" + why + " (the first of 2)" + hint("2 of the 5 layers of network 'heads'"));
}

TEST(RefusedNetworks, NameWhatComputesWithAConstantAndNotTheConstant) {
  NetworkBuilder b("constants", {2, 6, 6});
  const int conv = b.conv("conv", 0, 4, 3);
  const int power = b.put("two", graph::Constant({{1}, {2}}), {});
  const int offset = b.put("offset", graph::Constant({{4, 6, 6}, std::vector<float>(144, 0.5f)}), {});
  const int raised = b.op<graph::Pow>("raised", {conv, power});
  expect_refused(b.build(b.op<graph::Mul>("scaled", {raised, offset})),
                 "error: node 'raised' (Pow): cannot be mapped: the chip has no unit for it\n"
                 "error: node 'scaled' (Mul): cannot be mapped: it computes with the constant 'offset'" +
                     hint("2 of the 6 layers of network 'constants'"));
}

TEST(RefusedNetworks, NameAttentionWhereThatIsWhatTheChipLacks) {
  NetworkBuilder b("attention", {2, 6, 6});
  const int lines = b.put("lines", graph::Reshape({2, 9, 2}), {b.conv("conv", 0, 1, 3)});
  graph::Attention causal;
  causal.causal = true;
  expect_refused(
      b.build(b.put("attend", causal, {lines, lines, lines})),
      "error: node 'attend' (Attention): cannot be mapped: it is causal (is_causal); on the chip every "
      "query sees every key" +
          hint("1 of the 4 layers of network 'attention'"));
}

}  // namespace
}  // namespace phasecore
