#include "common/bytes.hpp"
#include "nas/evaluate/evaluator.hpp"

namespace phasecore::figures {

template <class A>
void serialize(A& a, Figure& v) {
  a(v.value, v.error);
}

}  // namespace phasecore::figures

namespace phasecore::evaluate {

template <class A>
void serialize(A& a, Outcome& v) {
  a(v.figures, v.failure, v.lost);
}

std::string on_one_line(const common::InputError& error) {
  std::string all, line;
  for (const auto& d : error.diagnostics()) all += (all.empty() ? "" : "\n") + d.message + "\n" + d.details;
  while (!all.empty() && all.back() == '\n') all.pop_back();
  for (const char c : all) {
    if (c == '\n')
      line += "; ";
    else if (c != ' ' || (!line.empty() && line.back() != ' '))  // tables are padded
      line += c;
  }
  return line;
}

std::string to_bytes(const Outcome& outcome) {
  return common::to_bytes(outcome);
}

bool from_bytes(const std::string& bytes, Outcome& outcome) {
  Outcome read;
  try {
    common::from_bytes(bytes, "an outcome", read);
  } catch (const common::InternalError&) {
    return false;
  }
  outcome = std::move(read);
  return true;
}

}  // namespace phasecore::evaluate
