// How training uses the machine: one core per process, and memory that is kept.
#pragma once

namespace phasecore::train {

/// For the whole process, before anything is computed: one thread (sums in a fixed order; parallel runs are
/// parallel processes that leave each other's cores alone), values below the smallest normal number are 0,
/// and the large blocks of memory that torch frees are kept for its next request. Calling it again does
/// nothing.
void use_one_core();

}  // namespace phasecore::train
