#include "common/spelling.hpp"

namespace phasecore::common {
namespace {

struct Pair {
  std::string_view british, american;  ///< the part of the word that differs, long enough to be no other's
};

constexpr Pair kPairs[] = {
    {"analogue", "analog"},     {"behaviour", "behavior"},    {"cancell", "cancel"},
    {"catalogue", "catalog"},   {"centre", "center"},         {"colour", "color"},
    {"favour", "favor"},        {"fibre", "fiber"},           {"grey", "gray"},
    {"initialis", "initializ"}, {"labell", "label"},          {"linearis", "lineariz"},
    {"maximis", "maximiz"},     {"minimis", "minimiz"},       {"modell", "model"},
    {"neighbour", "neighbor"},  {"normalis", "normaliz"},     {"optimis", "optimiz"},
    {"quantis", "quantiz"},     {"randomis", "randomiz"},     {"regularis", "regulariz"},
    {"serialis", "serializ"},   {"synchronis", "synchroniz"}, {"synthesis", "synthesiz"},
    {"travell", "travel"},
};

}  // namespace

std::string one_spelling(std::string_view word) {
  std::string text(word);
  for (const auto& [british, american] : kPairs)
    for (std::size_t at = text.find(british); at != std::string::npos; at = text.find(british, at + 1))
      text.replace(at, british.size(), american);
  return text;
}

bool same_word(std::string_view a, std::string_view b) {
  return a == b || one_spelling(a) == one_spelling(b);
}

bool has_two_spellings(std::string_view word) {
  for (const auto& [british, american] : kPairs)
    if (word.find(british) != std::string_view::npos || word.find(american) != std::string_view::npos)
      return true;
  return false;
}

}  // namespace phasecore::common
