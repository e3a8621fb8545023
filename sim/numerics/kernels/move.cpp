// Codes that go to other places.
#include "sim/mapping/stages/move.hpp"

#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/pixelwise_kernel.hpp"

namespace phasecore::numerics {
namespace {

class MoveKernel final : public PixelwiseKernel {
 public:
  explicit MoveKernel(const StageContext& context)
      : PixelwiseKernel(context), places_(stage().as<mapping::MoveWork>()->places) {
    for (std::size_t i = 0; i < stage().inputs.size(); ++i)
      common::ensure(input_step(static_cast<int>(i)) == (fp16_output() ? input_step(0) : output_step()),
                     "numerics: '" + stage().name + "' moves codes of different steps");
  }

 private:
  void compute(const Image& image, int pixel, float* values, Workspace& work) const override {
    const auto count = static_cast<std::size_t>(channels());
    const mapping::Place* from = places_.data() + static_cast<std::size_t>(pixel) * count;
    work.rows.resize(count);
    for (std::size_t i = 0; i < count; ++i, ++from)
      work.rows[i] = from->at == graph::kNoPlace ? std::int8_t{0} : codes(image, from->input)[from->at];
    decode(count, work.rows.data(), input_step(0), values);
  }

  const std::vector<mapping::Place>& places_;
};

}  // namespace

void register_move(Kernels& kernels) {
  kernels.add<mapping::MoveWork, MoveKernel>();
}

}  // namespace phasecore::numerics
