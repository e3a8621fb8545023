# One language standard, one instruction set and one floating-point model for every target, so that the
# same input gives the same bytes whatever part computes it (docs/decisions/002-reproducible-numbers.md).
set(CMAKE_CXX_STANDARD 17)  # Debian's SystemC is built as C++17 and checks it at link time
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_CXX_FLAGS_CHECK "-O1 -g1")  # for sanitizers: lines in a report, quick to compile
# -ffp-contract=off: a*b+c is rounded twice everywhere, vectorised or not; no -ffast-math anywhere.
add_compile_options(-march=x86-64-v3 -ffp-contract=off -Wall -Wextra -Wnon-virtual-dtor)
# GCC 12 at -O3 warns of these in std::variant's and fmt's own moves; clang-tidy and the asan preset look for the real ones.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow)
endif()
option(PHASECORE_WERROR "Warnings are errors" OFF)
if(PHASECORE_WERROR)
  add_compile_options(-Werror)
endif()

option(PHASECORE_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
if(PHASECORE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

option(PHASECORE_LIBRARY "Build and install PhaseCore as a library for C++ programs" OFF)
option(PHASECORE_PYTHON "Build the Python package, which needs the library" OFF)
if(PHASECORE_PYTHON AND NOT PHASECORE_LIBRARY)
  message(FATAL_ERROR "PHASECORE_PYTHON needs PHASECORE_LIBRARY: the package is a program that uses the library")
endif()
if(PHASECORE_LIBRARY)
  # Nobody may replace a function of ours from outside, so code in a shared library is as fast as in a program.
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  add_compile_options(-fno-semantic-interposition)
endif()

option(PHASECORE_FUZZ "libFuzzer targets of tests/fuzz; needs clang" OFF)
if(PHASECORE_FUZZ)
  # Without -fsanitize=fuzzer here: that would add libFuzzer's main() to every program.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

find_program(PHASECORE_CCACHE ccache)
if(PHASECORE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PHASECORE_CCACHE})
endif()
