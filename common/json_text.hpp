// JSON that can always be written.
#pragma once

#include <string>

namespace phasecore::common {

/// The text of a JSON value (nlohmann's). Paths may hold any bytes; those that are no UTF-8 become U+FFFD.
template <class Json>
std::string json_text(const Json& value, int indent = -1) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace phasecore::common
