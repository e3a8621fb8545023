#include "models/onnx/wiring.hpp"

#include <algorithm>

#include "common/text.hpp"
#include "models/onnx/operators.hpp"

namespace phasecore::onnx {

using ::onnx::NodeProto;

namespace {

enum State { kUnseen, kOnTheWay, kDone };

using Tensors = std::vector<const std::string*>;

/// Appends what a node reads, and what the graphs that it holds read; their own tensors are among these.
void append_reads(const NodeProto& node, bool shapes_too, Tensors& reads) {
  if (shapes_too || !asks_for_shape(node))
    for (const std::string& input : node.input()) reads.push_back(&input);
  for (const auto& attribute : node.attribute()) {
    if (!attribute.has_g()) continue;
    for (const NodeProto& inner : attribute.g().node()) append_reads(inner, shapes_too, reads);
    for (const auto& output : attribute.g().output()) reads.push_back(&output.name());
  }
}

Tensors reads_of(const NodeProto& node, bool shapes_too = true) {
  Tensors reads;
  append_reads(node, shapes_too, reads);
  return reads;
}

/// A node on the way to its producers, and which of its tensors is to be looked at next.
struct Step {
  int node;
  Tensors reads;
  std::size_t next;
};

/// Names go into JSON, YAML and CSV, which are UTF-8; protobuf takes any bytes.
void check_names(const NodeProto& node, int number, const Wiring::Problem& problem) {
  const auto check = [&](const std::string& name) {
    if (!common::is_utf8(name))
      problem("node " + std::to_string(number) + " (" + node.op_type() + "): the name '" + name +
              "' is no UTF-8");
  };
  check(node.name());
  for (const std::string& output : node.output()) check(output);
}

}  // namespace

bool asks_for_shape(const NodeProto& node) {
  const std::string name = operator_name(node);
  return name == "Shape" || name == "Size";
}

Wiring::Wiring(const ::onnx::GraphProto& graph, const Problem& problem) : graph_(graph) {
  collect_producers(problem);
  const std::vector<bool> live = find_live_nodes();
  std::vector<int> states(graph_.node_size(), kUnseen);
  for (int n = 0; n < graph_.node_size(); ++n)
    if (live[n]) append(n, states, problem);
  count_readers();
}

int Wiring::readers(const std::string& tensor) const {
  const auto found = readers_.find(tensor);
  return found == readers_.end() ? 0 : found->second;
}

std::string Wiring::label_of(const NodeProto& node) const {
  const auto used = node_names_.find(node.name());
  if (!node.name().empty() && used != node_names_.end() && used->second == 1) return node.name();
  for (const std::string& output : node.output())
    if (!output.empty()) return output;
  return node.op_type();
}

void Wiring::collect_producers(const Problem& problem) {
  for (int n = 0; n < graph_.node_size(); ++n) {
    check_names(graph_.node(n), n, problem);
    ++node_names_[graph_.node(n).name()];
    for (const std::string& output : graph_.node(n).output())
      if (!output.empty() && !producers_.insert({output, n}).second)
        problem("tensor '" + output + "' is delivered twice");
  }
  for (const auto& tensor : graph_.initializer())
    if (producers_.count(tensor.name()) != 0) problem("tensor '" + tensor.name() + "' is delivered twice");
}

std::vector<bool> Wiring::find_live_nodes() const {
  std::vector<bool> live(graph_.node_size(), false);
  std::vector<std::string> wanted;
  for (const auto& output : graph_.output()) wanted.push_back(output.name());
  while (!wanted.empty()) {
    const auto producer = producers_.find(wanted.back());
    wanted.pop_back();
    if (producer == producers_.end() || live[producer->second]) continue;
    live[producer->second] = true;
    for (const std::string* tensor : reads_of(graph_.node(producer->second))) wanted.push_back(*tensor);
  }
  return live;
}

void Wiring::append(int node, std::vector<int>& states, const Problem& problem) {
  if (states[node] != kUnseen) return;
  std::vector<Step> way{{node, reads_of(graph_.node(node)), 0}};
  states[node] = kOnTheWay;
  while (!way.empty()) {
    Step& step = way.back();
    if (step.next == step.reads.size()) {
      states[step.node] = kDone;
      order_.push_back(step.node);
      way.pop_back();
      continue;
    }
    const auto producer = producers_.find(*step.reads[step.next++]);
    if (producer == producers_.end()) continue;
    const int before = producer->second;
    if (states[before] == kOnTheWay) {
      if (has_circle_) continue;  // the first one is enough
      has_circle_ = true;
      std::vector<int> path;
      for (const Step& s : way) path.push_back(s.node);
      problem(circle_text(path, before));
    } else if (states[before] == kUnseen) {
      states[before] = kOnTheWay;
      way.push_back({before, reads_of(graph_.node(before)), 0});
    }
  }
}

std::string Wiring::circle_text(const std::vector<int>& path, int again) const {
  constexpr std::ptrdiff_t kMostNamed = 8;
  const auto first = std::find(path.begin(), path.end(), again);
  std::string text;
  for (auto node = first; node != path.end(); ++node) {
    if (node - first == kMostNamed) return "nodes form a circle: " + text + ", ...";
    const int next = node + 1 == path.end() ? again : *(node + 1);
    text += (text.empty() ? "'" : ", '") + label_of(graph_.node(*node)) + "' reads '" +
            label_of(graph_.node(next)) + "'";
  }
  return "nodes form a circle: " + text;
}

void Wiring::count_readers() {
  for (int n : order_)
    for (const std::string* tensor : reads_of(graph_.node(n), false)) ++readers_[*tensor];
  for (const auto& output : graph_.output()) ++readers_[output.name()];
}

}  // namespace phasecore::onnx
