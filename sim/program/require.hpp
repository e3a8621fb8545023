// Checks whose texts are made only when they fail: programs are checked before every run, and books after it.
#pragma once

#include <string>
#include <type_traits>

#include "common/diagnostics.hpp"

namespace phasecore::program {

/// A text, or a function that makes one.
template <class Text>
std::string text_of(const Text& text) {
  if constexpr (std::is_invocable_v<Text>)
    return text();
  else
    return text;
}

/// Throws InternalError "SUBJECT: WHERE: WHAT" unless `ok`.
template <class Where, class What>
void require(bool ok, const char* subject, const Where& where, const What& what) {
  if (!ok) throw common::InternalError(subject + (": " + text_of(where)) + ": " + text_of(what));
}

}  // namespace phasecore::program
