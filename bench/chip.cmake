add_executable(bench_chip chip.cpp)
target_link_libraries(bench_chip PRIVATE phasecore::chip phasecore::run phasecore::analytic phasecore::mapping
  phasecore::onnx benchmark::benchmark)
target_compile_definitions(bench_chip PRIVATE PHASECORE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
