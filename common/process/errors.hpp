// How a piece of work ended, in a form that crosses the border of a process.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace phasecore::process {

enum class Ending : std::uint64_t { Result, Input, Environment, Internal };

struct Carried {
  Ending ending = Ending::Result;
  std::string content;  ///< the result, the message, or packed diagnostics
};

/// Does the work; whatever it throws is carried. `of` (" in job 3") follows "out of memory", `name` ("job 3")
/// stands before "threw what is no exception".
Carried carry(const std::function<std::string()>& work, const std::string& of = "",
              const std::string& name = "it");

/// The result, or the exception again: InputError with its diagnostics, EnvironmentError, InternalError.
std::string open(Carried carried);

/// What it says, as one text; "" for a result.
std::string message_of(const Carried& carried);

/// Of a process that ended without an answer; `status` is waitpid()'s. An end from outside is the
/// environment's.
Carried carry_end(int status, const std::string& text);

}  // namespace phasecore::process
