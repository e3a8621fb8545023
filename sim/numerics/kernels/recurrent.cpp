// Recurrent layers: vectors of what comes in and of the state through the crossbars, then gates; step by
// step, and in each step all images of a batch.
#include "sim/mapping/stages/recurrent.hpp"

#include <algorithm>
#include <utility>

#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/gate_unit.hpp"
#include "sim/numerics/kernels/mvm.hpp"

namespace phasecore::numerics {
namespace {

class RecurrentKernel final : public MvmKernel {
 public:
  explicit RecurrentKernel(const StageContext& context)
      : MvmKernel(context),
        recurrent_(*stage().as<mapping::RecurrentWork>()),
        gates_(recurrent_.kind, *context.chip.gates),
        steps_(recurrent_.positions()) {}

  void run(const Devices& devices, const ImageBatch& images, Workspace& work,
           const Results& results) const override {
    const int n = images.count, rows = recurrent_.rows, cells = recurrent_.cell_count();
    const auto all = static_cast<std::size_t>(n) * cells;
    std::vector<std::int8_t> vectors(static_cast<std::size_t>(n) * rows), codes(all, 0);
    std::vector<float> sums(static_cast<std::size_t>(n) * recurrent_.cols), held(all, 0.0f), state(all);
    for (int step = 0; step < steps_; ++step) {
      for (int image = 0; image < n; ++image) {
        auto* to = vectors.data() + static_cast<std::ptrdiff_t>(image) * rows;
        to = std::copy_n(came_in(images.inputs.at(0), image * steps_ + step), recurrent_.input_rows, to);
        std::copy_n(codes.data() + static_cast<std::ptrdiff_t>(image) * cells, cells, to);
      }
      multiply_step(devices, {n, images.first, step}, vectors.data(), work, sums.data());
      pass_gates(sums, held.data(), state.data());
      encode(all, state.data(), codes.data());
      if (recurrent_.last_step_only && step + 1 < steps_) continue;
      const int pixels = recurrent_.last_step_only ? 1 : steps_, pixel = recurrent_.last_step_only ? 0 : step;
      for (int image = 0; image < n; ++image) {
        const std::ptrdiff_t at = (static_cast<std::ptrdiff_t>(image) * pixels + pixel) * cells;
        float* values = place(results, at, static_cast<std::size_t>(cells), work);
        std::copy_n(state.data() + static_cast<std::ptrdiff_t>(image) * cells, cells, values);
        deliver(values, static_cast<std::size_t>(cells), at, results, work.health);
      }
    }
  }

  /// Of the state the values of the step before, zeros at first.
  std::vector<std::int8_t> rows(int submatrix, int firing, Held& held, Workspace& work) const override {
    const mapping::SubMatrix& part = recurrent_.submatrices.at(submatrix);
    const int count = part.row_end - part.row_begin;
    if (held.rows.count(firing) > 0) return MvmKernel::rows(submatrix, firing, held, work);
    if (!recurrent_.is_fed_back(part)) {
      const std::int8_t* from = came_in(held.inputs.at(0).data(), firing) + part.row_begin;
      return {from, from + count};
    }
    if (firing == 0) return std::vector<std::int8_t>(static_cast<std::size_t>(count), 0);
    held.state.erase(held.state.begin(), held.state.lower_bound(firing));
    const std::int8_t* from = held.state.at(firing).data() + part.row_begin - recurrent_.input_rows;
    return {from, from + count};
  }

  float row_step(int submatrix) const override {
    return recurrent_.is_fed_back(recurrent_.submatrices.at(submatrix)) ? output_step() : input_step(0);
  }

 protected:
  Delivery finish(const Firing& firing, Held& held, const std::vector<float>& values) const override {
    std::vector<float> sums = values;
    const auto& part = recurrent_.submatrices.at(firing.submatrix);
    const auto [begin, end] = recurrent_.channels_of(part);
    held.cells.resize(static_cast<std::size_t>(end - begin), 0.0f);
    Delivery delivery;
    delivery.values.resize(held.cells.size());
    pass_gates(sums, held.cells.data(), delivery.values.data());
    return delivery;
  }

 private:
  const std::int8_t* came_in(const std::int8_t* codes, int step) const {
    return codes + static_cast<std::ptrdiff_t>(step) * recurrent_.input_rows;
  }

  /// The sums of whole cells, over the link to their slice as codes.
  void pass_gates(std::vector<float>& sums, float* held, float* state) const {
    const float step = end_step();
    std::vector<std::int8_t> codes(sums.size());
    numerics::encode(sums.size(), sums.data(), 1.0f / step, largest_partial(), codes.data());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = static_cast<float>(codes[i]) * step;
    gates_.step(sums.size() / static_cast<std::size_t>(recurrent_.cell_columns), sums.data(), held, state);
  }

  const mapping::RecurrentWork& recurrent_;
  const GateUnit gates_;
  const int steps_;
};

}  // namespace

void register_recurrent(Kernels& kernels) {
  kernels.add<mapping::RecurrentWork, RecurrentKernel>();
}

}  // namespace phasecore::numerics
