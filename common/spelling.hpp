// British and American spellings of the same word: both are understood, wherever words are compared.
#pragma once

#include <string>
#include <string_view>

namespace phasecore::common {

/// `word` in the spelling by which words are compared: "not_modelled" -> "not_modeled".
std::string one_spelling(std::string_view word);

/// Are they the same word, whatever the spelling of each?
bool same_word(std::string_view a, std::string_view b);

/// Is there another spelling of `word` than itself?
bool has_two_spellings(std::string_view word);

}  // namespace phasecore::common
