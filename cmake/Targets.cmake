# phasecore_library(<name> SOURCES ... [DEPS ...] [PRIVATE_DEPS ...])
#   One static library per folder, alias phasecore::<name>; headers are included from the source root, as in
#   "sim/mapping/tiling.hpp". A folder may include only what its target links.
function(phasecore_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(phasecore_${name} STATIC ${ARG_SOURCES})
  add_library(phasecore::${name} ALIAS phasecore_${name})
  target_include_directories(phasecore_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(phasecore_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
  phasecore_record_arrows(${name} ${ARG_DEPS} ${ARG_PRIVATE_DEPS})
endfunction()

# phasecore_executable(<name> SOURCES ... [DEPS ...])
#   A program; its folder, too, may include only what it links.
function(phasecore_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  phasecore_record_arrows(${name} ${ARG_DEPS})
endfunction()

# Remembers "<folder>;<target>;<targets it names>" for tests/architecture, which reads them from a file: so the graph of
# folders is written down once, in the DEPS.
function(phasecore_record_arrows name)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(named ${ARGN})
  list(FILTER named INCLUDE REGEX "^phasecore::")
  list(TRANSFORM named REPLACE "^phasecore::" "")
  list(JOIN named "," named)
  set_property(GLOBAL APPEND_STRING PROPERTY phasecore_arrows "${folder} ${name} ${named}\n")
endfunction()

# phasecore_test(<name> SOURCES ... [DEPS ...])
#   One executable; every TEST runs in a process of its own (SystemC elaborates once per process).
function(phasecore_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${ARG_DEPS} phasecore::test_support GTest::gtest GTest::gmock)
  target_compile_definitions(test_${name} PRIVATE PHASECORE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(test_${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
