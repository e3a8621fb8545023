// Codes that go to other places.
#include "sim/numerics/epilogue.hpp"
#include "sim/numerics/kernel.hpp"

namespace phasecore::numerics {
namespace {

class MoveKernel final : public Kernel {
 public:
  explicit MoveKernel(const StageContext& context)
      : Kernel(context), places_(stage().as<mapping::MoveWork>()->places) {
    for (std::size_t i = 0; i < stage().inputs.size(); ++i)
      common::ensure(input_step(static_cast<int>(i)) == (fp16_output() ? input_step(0) : output_step()),
                     "numerics: '" + stage().name + "' moves codes of different steps");
  }

  void run(const Devices& /*devices*/, const ImageBatch& images, Workspace& work,
           const Results& results) const override {
    const auto count = static_cast<std::size_t>(volume());
    for (int image = 0; image < images.count; ++image) {
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(image) * volume();
      float* values = place(results, at, count, work);
      compute(images, image, 0, count, work, values);
      deliver(values, count, at, results, work.health);
    }
  }

  Delivery fire(const Devices& /*devices*/, const Firing& firing, Held& held,
                Workspace& work) const override {
    Delivery pixel;
    pixel.values.resize(channels());
    compute(arrived(held), 0, static_cast<std::size_t>(firing.index) * channels(), pixel.values.size(), work,
            pixel.values.data());
    return pixel;
  }

 private:
  /// `count` values of an image, from its value `begin` on.
  void compute(const ImageBatch& images, int image, std::size_t begin, std::size_t count, Workspace& work,
               float* values) const {
    work.rows.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const mapping::Place& from = places_[begin + i];
      work.rows[i] =
          from.at == graph::kNoPlace
              ? std::int8_t{0}
              : images.inputs[from.input][image * graph::volume(stage().inputs[from.input].shape) + from.at];
    }
    decode(count, work.rows.data(), input_step(0), values);
  }

  const std::vector<mapping::Place>& places_;
};

}  // namespace

void register_move(Kernels& kernels) {
  kernels.add<mapping::MoveWork, MoveKernel>();
}

}  // namespace phasecore::numerics
