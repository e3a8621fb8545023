// Operators of two constants, value by value.
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/onnx/node_reader.hpp"
#include "models/onnx/shapes.hpp"
#include "models/onnx/simplification.hpp"

namespace phasecore::onnx {
namespace {

using Float = float (*)(float, float);
using Integer = std::int64_t (*)(std::int64_t, std::int64_t);

/// Integers wrap around, as ONNX Runtime's do; in C++ only unsigned ones may.
std::int64_t wrapped(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::uint64_t bits(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

std::int64_t divided(std::int64_t a, std::int64_t b) {
  return b == -1 ? wrapped(0 - bits(a)) : a / b;  // the least integer has no opposite
}

/// The sign of the divisor, as Python's %.
std::int64_t remainder(std::int64_t a, std::int64_t b) {
  if (b == -1) return 0;
  const std::int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

std::int64_t c_remainder(std::int64_t a, std::int64_t b) {
  return b == -1 ? 0 : a % b;
}

std::int64_t power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  std::uint64_t result = 1, factor = bits(base);
  for (; exponent > 0; exponent /= 2, factor *= factor)
    if (exponent % 2 == 1) result *= factor;
  return wrapped(result);
}

struct Pair {
  Array a, b;
  graph::Shape shape;
};

/// Both inputs; nullopt, with the reader told, if they do not fit.
std::optional<Pair> read_pair(NodeReader& reader, int first = 0) {
  auto a = reader.array(first, "input"), b = reader.array(first + 1, "input");
  if (!a || !b) return std::nullopt;
  const auto shape = broadcast(a->shape, b->shape);
  if (!shape) {
    reader.problem("shapes " + graph::to_string(a->shape) + " and " + graph::to_string(b->shape) +
                   " do not fit");
    return std::nullopt;
  }
  if (!reader.may_compute(*shape)) return std::nullopt;
  return Pair{std::move(*a), std::move(*b), *shape};
}

void compute(NodeReader& reader, Float on_floats, Integer on_integers, bool divides = false) {
  reader.expect_inputs(2, 2);
  const auto pair = reader.ok() ? read_pair(reader) : std::nullopt;
  if (!pair) return reader.give_up();
  const auto& [a, b, shape] = *pair;
  if (a.is_float() || b.is_float())
    return reader.define(
        {shape, zipped<float, float>(shape, floats_of(a), a.shape, floats_of(b), b.shape, on_floats)});
  const Integers divisors = integers_of(b);
  if (divides && std::find(divisors.begin(), divisors.end(), 0) != divisors.end()) {
    reader.problem("divides an integer by 0");
    return reader.give_up();
  }
  reader.define({shape, zipped<std::int64_t, std::int64_t>(shape, integers_of(a), a.shape, divisors, b.shape,
                                                           on_integers)});
}

void compare(NodeReader& reader, bool (*on_floats)(float, float),
             bool (*on_integers)(std::int64_t, std::int64_t)) {
  reader.expect_inputs(2, 2);
  const auto pair = reader.ok() ? read_pair(reader) : std::nullopt;
  if (!pair) return reader.give_up();
  const auto& [a, b, shape] = *pair;
  if (a.is_float() || b.is_float())
    return reader.define(
        {shape, zipped<float, std::int64_t>(shape, floats_of(a), a.shape, floats_of(b), b.shape, on_floats)});
  reader.define({shape, zipped<std::int64_t, std::int64_t>(shape, integers_of(a), a.shape, integers_of(b),
                                                           b.shape, on_integers)});
}

void read_mod(NodeReader& reader) {
  if (reader.attributes().integer("fmod", 0) != 0) return compute(reader, std::fmod, c_remainder, true);
  compute(
      reader,
      [](float a, float b) {
        const float rest = std::fmod(a, b);
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
      },
      remainder, true);
}

/// Min and Max take any number of inputs.
void read_extreme(NodeReader& reader, Float on_floats, Integer on_integers) {
  std::optional<Array> result = reader.array(0, "input");
  for (int i = 1; i < reader.node().input_size() && result; ++i) {
    const auto next = reader.array(i, "input");
    const auto shape = next ? broadcast(result->shape, next->shape) : std::nullopt;
    if (next && !shape) reader.problem("shapes of its inputs do not fit");
    if (!shape || !reader.may_compute(*shape)) return reader.give_up();
    if (result->is_float() || next->is_float())
      result = Array{*shape, zipped<float, float>(*shape, floats_of(*result), result->shape, floats_of(*next),
                                                  next->shape, on_floats)};
    else
      result =
          Array{*shape, zipped<std::int64_t, std::int64_t>(*shape, integers_of(*result), result->shape,
                                                           integers_of(*next), next->shape, on_integers)};
  }
  if (!result) return reader.give_up();
  reader.define(std::move(*result));
}

void read_where(NodeReader& reader) {
  reader.expect_inputs(3, 3);
  const auto condition = reader.ok() ? reader.array(0, "condition") : std::nullopt;
  const auto pair = condition ? read_pair(reader, 1) : std::nullopt;
  const auto shape = pair ? broadcast(condition->shape, pair->shape) : std::nullopt;
  if (pair && !shape) reader.problem("shapes of its inputs do not fit");
  if (!shape || !reader.may_compute(*shape)) return reader.give_up();
  const Integers chosen = integers_of(broadcast_to(*condition, *shape));
  const auto choose = [&](const auto& a, const auto& b) {
    std::decay_t<decltype(a)> result;
    result.reserve(chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) result.push_back(chosen[i] != 0 ? a[i] : b[i]);
    return Array{*shape, std::move(result)};
  };
  const Array a = broadcast_to(pair->a, *shape), b = broadcast_to(pair->b, *shape);
  reader.define(a.is_float() || b.is_float() ? choose(floats_of(a), floats_of(b))
                                             : choose(integers_of(a), integers_of(b)));
}

}  // namespace

void register_arithmetic(Evaluators& evaluators) {
  const auto computes = [&](const char* op, Float on_floats, Integer on_integers, bool divides = false) {
    evaluators.evaluates(op, [=](NodeReader& reader) { compute(reader, on_floats, on_integers, divides); });
  };
  computes(
      "Add", [](float a, float b) { return a + b; },
      [](std::int64_t a, std::int64_t b) { return wrapped(bits(a) + bits(b)); });
  computes(
      "Sub", [](float a, float b) { return a - b; },
      [](std::int64_t a, std::int64_t b) { return wrapped(bits(a) - bits(b)); });
  computes(
      "Mul", [](float a, float b) { return a * b; },
      [](std::int64_t a, std::int64_t b) { return wrapped(bits(a) * bits(b)); });
  computes(
      "Div", [](float a, float b) { return a / b; }, divided, true);
  computes(
      "Pow", [](float a, float b) { return std::pow(a, b); }, power);
  evaluators.evaluates("Mod", read_mod);
  const auto compares = [&](const char* op, bool (*on_floats)(float, float),
                            bool (*on_integers)(std::int64_t, std::int64_t)) {
    evaluators.evaluates(op, [=](NodeReader& reader) { compare(reader, on_floats, on_integers); });
  };
  compares(
      "Equal", [](float a, float b) { return a == b; },
      [](std::int64_t a, std::int64_t b) { return a == b; });
  compares(
      "Greater", [](float a, float b) { return a > b; },
      [](std::int64_t a, std::int64_t b) { return a > b; });
  compares(
      "GreaterOrEqual", [](float a, float b) { return a >= b; },
      [](std::int64_t a, std::int64_t b) { return a >= b; });
  compares(
      "Less", [](float a, float b) { return a < b; }, [](std::int64_t a, std::int64_t b) { return a < b; });
  compares(
      "LessOrEqual", [](float a, float b) { return a <= b; },
      [](std::int64_t a, std::int64_t b) { return a <= b; });
  compares(
      "And", [](float a, float b) { return a != 0 && b != 0; },
      [](std::int64_t a, std::int64_t b) { return a != 0 && b != 0; });
  compares(
      "Or", [](float a, float b) { return a != 0 || b != 0; },
      [](std::int64_t a, std::int64_t b) { return a != 0 || b != 0; });
  compares(
      "Xor", [](float a, float b) { return (a != 0) != (b != 0); },
      [](std::int64_t a, std::int64_t b) { return (a != 0) != (b != 0); });
  evaluators.evaluates("Min", [](NodeReader& reader) {
    read_extreme(
        reader, [](float a, float b) { return std::min(a, b); },
        [](std::int64_t a, std::int64_t b) { return std::min(a, b); });
  });
  evaluators.evaluates("Max", [](NodeReader& reader) {
    read_extreme(
        reader, [](float a, float b) { return std::max(a, b); },
        [](std::int64_t a, std::int64_t b) { return std::max(a, b); });
  });
  evaluators.evaluates("Where", read_where);
}

}  // namespace phasecore::onnx
