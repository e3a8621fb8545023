# Every third-party package, found once. Debian package names stand in scripts/setup.sh.
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(yaml-cpp 0.7 REQUIRED)
find_package(Boost 1.74 REQUIRED COMPONENTS program_options)
find_package(fmt REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenSSL REQUIRED)  # SHA-256 of models
find_package(ZLIB REQUIRED)
find_package(JPEG REQUIRED)  # images of visual-wake-words
find_package(PNG REQUIRED)
find_package(SQLite3 3.40 REQUIRED)  # the archive of a search
find_package(Protobuf REQUIRED)
find_package(ONNX CONFIG REQUIRED)

find_package(PkgConfig REQUIRED)
pkg_check_modules(SystemC REQUIRED IMPORTED_TARGET systemc>=2.3.4)
pkg_check_modules(Zip REQUIRED IMPORTED_TARGET libzip)  # .npz archives
pkg_check_modules(SampleRate REQUIRED IMPORTED_TARGET samplerate)  # recordings at other rates
pkg_check_modules(XGBoost REQUIRED IMPORTED_TARGET xgboost)  # the search's surrogate
add_library(phasecore_systemc INTERFACE)
target_link_libraries(phasecore_systemc INTERFACE PkgConfig::SystemC)
target_compile_definitions(phasecore_systemc INTERFACE SC_CPLUSPLUS=201703L)

if(PHASECORE_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(PHASECORE_BENCH)
  find_package(benchmark REQUIRED)
endif()
if(PHASECORE_TRAIN)
  # Torch's package adds its own flags to CMAKE_CXX_FLAGS; only nas/train may see them.
  set(phasecore_saved_flags "${CMAKE_CXX_FLAGS}")
  find_package(Torch REQUIRED)
  set(PHASECORE_TORCH_FLAGS "${TORCH_CXX_FLAGS}")
  set(CMAKE_CXX_FLAGS "${phasecore_saved_flags}")
endif()
