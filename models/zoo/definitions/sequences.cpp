#include <utility>
#include <vector>

#include "models/graph/ops/recurrent.hpp"
#include "models/zoo/definitions/builder.hpp"
#include "models/zoo/definitions/networks.hpp"

namespace phasecore::zoo {
namespace {

using graph::Recurrent;

/// A sound's frames {1, frames, coefficients} as a sequence.
Task of_frames(Task task) {
  if (task.input.size() == 3 && task.input.front() == 1) task.input.erase(task.input.begin());
  return task;
}

class SequenceBuilder : public Builder {
 public:
  SequenceBuilder(const std::string& name, const Task& published, const Task& task)
      : Builder(name, published, task, Padding::Symmetric) {}

  /// A layer of `hidden` cells on the input that delivers its last state.
  int lstm(int hidden) {
    return layer("lstm", Recurrent::Kind::Lstm, hidden,
                 {Recurrent::Function::Sigmoid, Recurrent::Function::Tanh, Recurrent::Function::Tanh});
  }
  /// With the reset gate behind the product, as cuDNN, PyTorch and gate slices have it.
  int gru(int hidden) {
    return layer("gru", Recurrent::Kind::Gru, hidden,
                 {Recurrent::Function::Sigmoid, Recurrent::Function::Tanh});
  }

 private:
  int layer(const std::string& name, Recurrent::Kind kind, int hidden,
            std::vector<Recurrent::Function> functions) {
    const int values = sequence(input())[1];
    Recurrent op;
    op.kind = kind;
    op.result = Recurrent::Result::State;
    op.reset_after_product = kind == Recurrent::Kind::Gru;
    const int rows = op.gates() * hidden;
    op.input_weights = zeros({1, rows, values});
    op.state_weights = zeros({1, rows, hidden});
    op.bias = zeros({1, 2 * rows});
    op.functions = std::move(functions);
    return flatten(name + ".state", append(name, std::move(op), {input()}));
  }

  static graph::Tensor zeros(graph::Shape shape) {
    const auto size = static_cast<std::size_t>(graph::volume(shape));
    return {std::move(shape), std::vector<float>(size, 0.0f)};
  }
};

graph::Network with_classifier(const std::string& name, const Task& published, const Task& task) {
  constexpr int kCells = 504;
  SequenceBuilder b(name, published, task);
  b.gemm("classifier", b.lstm(kCells), b.classes());
  return b.build();
}

/// What a second of sound is for keyword networks: 49 frames of 10 coefficients; 12 classes.
const Task kKeywords{{49, 10}, 12};

}  // namespace

graph::Network lstm504(const Task& task) {
  SequenceBuilder b("lstm504", {{1, 504}, 504}, task);
  b.lstm(b.classes());
  return b.build();
}

graph::Network lstm_ptb(const Task& task) {
  return with_classifier("lstm-ptb", {{32, 128}, 50}, task);
}

graph::Network lstm_captioning(const Task& task) {
  return with_classifier("lstm-captioning", {{16, 504}, 4064}, task);
}

graph::Network lstm_kws_s(const Task& task) {
  SequenceBuilder b("lstm-kws-s", kKeywords, of_frames(task));
  b.gemm("classifier", b.lstm(118), b.classes());
  return b.build();
}

graph::Network gru_kws_s(const Task& task) {
  SequenceBuilder b("gru-kws-s", kKeywords, of_frames(task));
  b.gemm("classifier", b.gru(154), b.classes());
  return b.build();
}

}  // namespace phasecore::zoo
