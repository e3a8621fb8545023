# Writes OUTPUT with the version and git revision of SOURCE_DIR; touches it only when they changed.
execute_process(COMMAND git describe --always --dirty --abbrev=12
                WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE
                RESULT_VARIABLE failed ERROR_QUIET)
if(failed)
  set(revision unknown)
endif()
set(text "#include \"common/version.hpp\"

namespace phasecore::common {

std::string version() { return \"${VERSION}\"; }
std::string git_revision() { return \"${revision}\"; }
std::string compiler() { return \"${COMPILER}\"; }

}  // namespace phasecore::common
")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
endif()
if(NOT "${old}" STREQUAL "${text}")
  file(WRITE ${OUTPUT} "${text}")
endif()
