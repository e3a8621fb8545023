#include "models/onnx/simplification.hpp"

#include "common/diagnostics.hpp"

namespace phasecore::onnx {

void Evaluators::evaluates(const std::string& op, Evaluate evaluate) {
  common::ensure(evaluators_.emplace(op, std::move(evaluate)).second, "two evaluators for " + op);
}

const Evaluators::Evaluate* Evaluators::find(const std::string& op) const {
  const auto found = evaluators_.find(op);
  return found == evaluators_.end() ? nullptr : &found->second;
}

void Rules::applies(const std::string& op, Apply apply) {
  rules_[op].push_back(std::move(apply));
}

void Rules::applies_only(const std::string& op, Apply apply, std::string only) {
  applies(op, std::move(apply));
  common::ensure(only_.emplace(op, std::move(only)).second, "two restrictions of " + op);
}

const std::vector<Rules::Apply>& Rules::of(const std::string& op) const {
  static const std::vector<Apply> none;
  const auto found = rules_.find(op);
  return found == rules_.end() ? none : found->second;
}

const std::string* Rules::only(const std::string& op) const {
  const auto found = only_.find(op);
  return found == only_.end() ? nullptr : &found->second;
}

std::vector<std::string> Rules::operators_without_reader() const {
  std::vector<std::string> names;
  for (const auto& [op, text] : only_) names.push_back(op);
  return names;
}

}  // namespace phasecore::onnx
