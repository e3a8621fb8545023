// If whose condition is known while the model is read: the nodes of the branch that it takes stand in its
// place.
#include "models/onnx/node_reader.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

bool choose(NodeReader& reader) {
  if (!reader.is_constant(0)) return false;
  const auto condition = reader.array(0, "condition");
  if (condition && condition->size() != 1) reader.problem("its condition must be one truth value");
  for (const char* branch : {"then_branch", "else_branch"}) reader.attributes().ignore(branch);
  if (!condition || !reader.ok()) return reader.give_up(), true;
  const std::string taken = number(*condition, 0) != 0 ? "then_branch" : "else_branch";
  const ::onnx::AttributeProto* branch = reader.attributes().find(taken);
  if (branch == nullptr || !branch->has_g()) {
    reader.problem("attribute '" + taken + "' must be a graph");
    return reader.give_up(), true;
  }
  reader.replace_by_graph(branch->g());
  return true;
}

}  // namespace

void register_choice(Rules& rules) {
  rules.applies_only("If", choose, "where its condition is constant");
  rules.delivers_several("If");
}

}  // namespace phasecore::onnx
