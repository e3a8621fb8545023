// What carries values from one step of a chip to the next.
#pragma once

namespace phasecore::graph {

/// Network: layers feed each other on chip, where digital units add and pool. Host: every layer's values
/// return to the host, which adds and pools.
enum class Interlayer { Network, Host };

}  // namespace phasecore::graph
