#include "common/process/errors.hpp"

#include <new>
#include <system_error>

#include "common/diagnostics.hpp"
#include "common/process/ending.hpp"

namespace phasecore::process {

Carried carry(const std::function<std::string()>& work, const std::string& of, const std::string& name) {
  try {
    return {Ending::Result, work()};
  } catch (const common::InputError& e) {
    return {Ending::Input, common::pack(e.diagnostics())};
  } catch (const common::EnvironmentError& e) {
    return {Ending::Environment, e.what()};
  } catch (const std::system_error& e) {
    return {Ending::Environment, e.what()};
  } catch (const std::bad_alloc&) {
    return {Ending::Environment, "out of memory" + of};
  } catch (const std::exception& e) {
    return {Ending::Internal, e.what()};
  } catch (...) {
    return {Ending::Internal, name + " threw what is no exception"};
  }
}

std::string open(Carried carried) {
  switch (carried.ending) {
    case Ending::Result:
      return std::move(carried.content);
    case Ending::Environment:
      throw common::EnvironmentError(carried.content);
    case Ending::Input:
      throw common::InputError(common::unpack_diagnostics(carried.content));
    case Ending::Internal:
      break;
  }
  throw common::InternalError(carried.content);
}

std::string message_of(const Carried& carried) {
  if (carried.ending == Ending::Result) return "";
  if (carried.ending != Ending::Input) return carried.content;
  return common::InputError(common::unpack_diagnostics(carried.content)).what();
}

Carried carry_end(int status, const std::string& text) {
  return {ended_from_outside(status) ? Ending::Environment : Ending::Internal, text};
}

}  // namespace phasecore::process
