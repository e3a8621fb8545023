// What a layer computes. An operator is a small type of its own (models/graph/ops: one file each) with its
// attributes and tensors; whoever needs one in particular asks layer.as<Conv>().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/diagnostics.hpp"
#include "models/graph/tensor.hpp"

namespace phasecore::graph {

/// Largest number of values in one layer's output.
inline constexpr long long kMaxValues = 1LL << 28;

/// Takes what is wrong with one layer.
class Findings {
 public:
  /// `label` names the layer in front of every problem.
  Findings(common::Diagnostics& diagnostics, common::Location where, std::string label)
      : diagnostics_(diagnostics), where_(std::move(where)), label_(std::move(label)) {}

  void add(const std::string& what);
  bool ok() const { return ok_; }

 private:
  common::Diagnostics& diagnostics_;
  common::Location where_;
  std::string label_;
  bool ok_ = true;
};

/// A layer that another one reads.
struct Source {
  const std::string* name;
  const Shape* shape;
};

/// What a tensor holds before training.
enum class Start {
  HeNormal,  ///< normal values of variance 2 / values per output: weights that an MVM multiplies with
  Zeros,
  Ones,
};

/// One of an operator's tensors, for those who visit tensors without knowing the operators. T: Tensor or
/// const Tensor.
template <class T>
struct NamedTensor {
  const char* name;  ///< "weight"; a parameter is called "<layer>.weight"
  T* values;         ///< may be empty: the operator does without it
  Start start = Start::Zeros;
  bool trained = true;  ///< else measured, as the statistics of batch norms are
};

/// One sample's values, in C order of the shape.
struct Sample {
  const Shape* shape;
  const float* values;
};

/// Memory that operators may use while they run; kept from call to call.
using Scratch = std::vector<float>;

class Operator {
 public:
  virtual ~Operator() = default;

  /// As ONNX calls it, with its domain unless that is ONNX's own ("Conv", "org.example::Swish").
  virtual std::string name() const = 0;
  virtual std::shared_ptr<Operator> clone() const = 0;

  /// How many layers it reads.
  virtual int arity() const { return 1; }
  /// Attributes and tensors as far as they can be checked on their own.
  virtual void check(Findings& findings) const;
  /// The output's shape: what check() found sound, reading `sources` (arity() many, with shapes). Whatever
  /// does not fit is a finding.
  virtual Shape infer_shape(const std::vector<Source>& sources, Findings& findings) const = 0;
  /// Multiply-accumulates of one sample that MVMs do.
  virtual long long macs(const Shape& out) const;
  /// All tensors that it can hold.
  std::vector<NamedTensor<Tensor>> tensors() { return own_tensors(); }
  std::vector<NamedTensor<const Tensor>> tensors() const;

  /// Float reference: one sample. `out` takes volume(shape) values. Sums are in an order that depends on the
  /// sizes only.
  virtual void run(const std::vector<Sample>& inputs, const Shape& shape, float* out,
                   Scratch& scratch) const = 0;

 protected:
  Operator() = default;
  Operator(const Operator&) = default;
  Operator(Operator&&) = default;
  Operator& operator=(const Operator&) = default;
  Operator& operator=(Operator&&) = default;

 private:
  virtual std::vector<NamedTensor<Tensor>> own_tensors();
};

/// Base of the operator T: copies it. `Base` is what T has in common with others.
template <class T, class Base = Operator>
class OperatorOf : public Base {
 public:
  std::shared_ptr<Operator> clone() const override {
    return std::make_shared<T>(static_cast<const T&>(*this));
  }
};

/// The tensor called `name`; null if the operator holds none of this name.
const Tensor* find_tensor(const Operator& op, const std::string& name);

/// Values of a tensor: of this shape, all finite. `what` names them ("weights").
void check_tensor(const std::string& what, const Tensor& tensor, const Shape& expected, Findings& findings);

/// A finding unless the source delivers {C, H, W}.
bool needs_image(const Source& source, Findings& findings);

/// The volume, or kMaxValues + 1 where it would be more (so that nothing overflows).
long long bounded_volume(const Shape& shape);

/// A finding unless every dimension is at least 1.
void check_given_shape(const Shape& shape, Findings& findings);

}  // namespace phasecore::graph
