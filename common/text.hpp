// UTF-8, and text that comes from elsewhere on its way to a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace phasecore::common {

/// Length of the well-formed UTF-8 character at the front of `text` (RFC 3629), 0 if there is none.
std::size_t utf8_length(std::string_view text);

/// Is all of `text` well-formed UTF-8?
bool is_utf8(std::string_view text);

/// `text` as it may be shown: names out of a model or a file must not move the cursor, ring, break a line or
/// turn the direction of writing. Control characters become \n, \t, \x1b, invisible format characters \u202e,
/// bytes that are no UTF-8 \xff; all else stays. For people only: files keep the exact text.
std::string printable(std::string_view text);

}  // namespace phasecore::common
