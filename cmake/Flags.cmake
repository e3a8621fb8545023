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
# -ffp-contract=off: a*b+c is rounded twice everywhere, vectorised or not; no -ffast-math anywhere.
add_compile_options(-march=x86-64-v3 -ffp-contract=off -Wall -Wextra -Wnon-virtual-dtor)
# GCC 12 at -O3 warns of these in std::variant's and fmt's own moves; clang-tidy and the asan preset look for the real ones.
add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow)

option(PHASECORE_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
if(PHASECORE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(PHASECORE_CCACHE ccache)
if(PHASECORE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PHASECORE_CCACHE})
endif()
