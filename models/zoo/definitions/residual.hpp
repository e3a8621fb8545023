// Blocks that residual networks share. Inside models/zoo only.
#pragma once

#include <string>

#include "models/zoo/definitions/builder.hpp"

namespace phasecore::zoo {

/// What a shortcut does where shapes differ, and whether convolutions before a batch norm have a bias.
struct Style {
  bool normalised_shortcut = true;
  bool bias = false;
};

/// The block's input, through a 1x1 convolution where shapes differ.
int shortcut(Builder& b, const std::string& block, int from, int out, int stride, Style style);

/// relu(shortcut(x) + conv-norm(relu-norm-conv(x))).
int basic_block(Builder& b, const std::string& name, int from, int out, int stride, Style style);

}  // namespace phasecore::zoo
