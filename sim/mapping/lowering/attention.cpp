// Attention of an encoder: every query sees every key.
#include "models/graph/ops/attention.hpp"

#include <optional>
#include <string>

#include "sim/mapping/lowering.hpp"
#include "sim/mapping/stages/attention.hpp"

namespace phasecore::mapping {
namespace {

using graph::Attention;

/// What the unit, which weighs all values of a sequence for each query, does not do.
std::optional<std::string> why_not(const Attention& op) {
  if (op.result != Attention::Result::Values)
    return "its scores are read (qk_matmul_output_mode); the chip delivers weighted values alone";
  if (op.past > 0)
    return "it has keys and values from before (past_key, past_value), which the chip does not keep";
  if (op.causal) return "it is causal (is_causal); on the chip every query sees every key";
  if (op.reads_mask || !op.mask.empty())
    return "it has a mask (attn_mask); on the chip every query sees every key";
  if (op.cap > 0) return "it has a softcap; the chip computes the softmax of products as they are";
  return std::nullopt;
}

void lower_attention(Lowering& at) {
  const auto& op = *at.layer().as<Attention>();
  if (const auto why = why_not(op)) return at.refuse(*why);
  Stage stage;
  for (const int which : {0, 1, 2}) {
    const auto line = at.sequence(which);
    if (!line) return at.refuse("its heads do not lie side by side, query by query");
    stage.inputs.push_back(*line);
  }
  const graph::Shape &queries = at.shape(0), &values = at.shape(2);
  AttentionWork work;
  work.size = queries[2];
  work.value_size = values[2];
  work.queries_per_key = queries[0] / values[0];
  work.scale = op.scale;
  stage.out_shape = {queries[0] * values[2], queries[1]};
  stage.macs = graph::macs(at.network(), at.layer_index());
  stage.work = work;
  at.start_sequence(std::move(stage));
}

}  // namespace

void register_attention(Rules& rules) {
  rules.add("Attention", lower_attention);
}

}  // namespace phasecore::mapping
