// The part of the Python package that is C++: the library's functions with NumPy arrays and texts. What a
// user sees stands in phasecore/*.py.
#include <pybind11/functional.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstring>
#include <exception>
#include <phasecore/phasecore.hpp>
#include <string_view>

namespace py = pybind11;
namespace pc = phasecore;

namespace {

using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;
using Integers = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

pc::Array from_numpy(const Floats& array) {
  return {{array.shape(), array.shape() + array.ndim()}, {array.data(), array.data() + array.size()}};
}

std::optional<pc::Array> from_numpy(const std::optional<Floats>& array) {
  return array ? std::optional(from_numpy(*array)) : std::nullopt;
}

py::array to_numpy(const pc::Array& array) {
  Floats result(std::vector<py::ssize_t>(array.shape.begin(), array.shape.end()));
  std::memcpy(result.mutable_data(), array.values.data(), array.values.size() * sizeof(float));
  return std::move(result);
}

/// The library's work without Python's lock: other threads go on meanwhile. Ctrl-C, and whatever the progress
/// function throws, ends the work, and is thrown when it has ended.
class Running {
 public:
  explicit Running(py::object progress) : progress_(std::move(progress)) {}

  pc::Watch watch() {
    pc::Watch watch;
    if (!progress_.is_none())
      watch.progress = [this](const std::string& step, std::size_t done, std::size_t total) {
        const py::gil_scoped_acquire lock;
        keeping([&] { progress_(step, done, total); });
      };
    watch.stop = [this] {
      const py::gil_scoped_acquire lock;
      keeping([] {
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      });
      return thrown_ != nullptr;
    };
    return watch;
  }

  template <class Work>
  auto run(const Work& work) -> decltype(work()) {
    try {
      const py::gil_scoped_release unlocked;
      auto result = work();
      if (!thrown_) return result;
    } catch (...) {
      // A worker that Ctrl-C killed is no error of its own.
      if (!thrown_ && PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!thrown_) throw;
    }
    std::rethrow_exception(thrown_);
  }

 private:
  template <class Action>
  void keeping(const Action& action) {
    if (thrown_) return;
    try {
      action();
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }

  py::object progress_;
  std::exception_ptr thrown_;
};

/// As exceptions of phasecore/errors.py.
void translate(std::exception_ptr thrown) {
  const auto raise = [](const char* type, const py::object& arguments) {
    const py::object kind = py::module_::import("phasecore.errors").attr(type);
    PyErr_SetObject(kind.ptr(), arguments.ptr());
  };
  try {
    std::rethrow_exception(thrown);
  } catch (const pc::InputError& e) {
    py::list problems;
    for (const pc::Problem& p : e.problems())
      problems.append(py::dict(py::arg("place") = p.place, py::arg("message") = p.message,
                               py::arg("details") = p.details));
    raise("InputError", py::make_tuple(e.what(), problems));
  } catch (const pc::EnvironmentError& e) {
    raise("EnvironmentError", py::str(e.what()));
  } catch (const pc::Error& e) {
    raise("InternalError", py::str(e.what()));
  }
}

py::dict info_of(const pc::LayerInfo& layer) {
  py::dict d;
  d["name"] = layer.name;
  d["op"] = layer.op;
  d["reads"] = layer.reads;
  d["shape"] = layer.shape;
  d["tensors"] = layer.tensors;
  d["macs"] = layer.macs;
  return d;
}

/// Keyword arguments that are there, by name, into the options' fields.
class Given {
 public:
  explicit Given(py::dict values) : values_(std::move(values)) {}
  template <class T>
  void operator()(const char* name, T& into) const {
    if (values_.contains(name) && !values_[name].is_none()) into = values_[name].cast<T>();
  }
  template <class T>
  void operator()(const char* name, std::optional<T>& into) const {
    if (values_.contains(name) && !values_[name].is_none()) into = values_[name].cast<T>();
  }
  py::object get(const char* name) const {
    return values_.contains(name) ? py::object(values_[name]) : py::none();
  }

 private:
  py::dict values_;
};

std::optional<pc::OwnData> own_data_of(const py::object& given) {
  if (given.is_none()) return std::nullopt;
  pc::OwnData own;
  for (const auto& [name, array] : given.cast<std::map<std::string, py::array>>()) {
    const bool labels = array.dtype().kind() == 'i' || array.dtype().kind() == 'u';
    if (!labels || array.ndim() > 1) {
      own.values[name] = from_numpy(Floats(array));
      continue;
    }
    const Integers numbers(array);
    own.labels[name] = {numbers.data(), numbers.data() + numbers.size()};
  }
  return own;
}

pc::Report simulate(const pc::Network& network, const pc::Chip& chip, const py::dict& arguments) {
  const Given given(arguments);
  pc::SimulateOptions o;
  given("device", o.device);
  given("data", o.data);
  o.own_data = own_data_of(given.get("own_data"));
  given("normalise", o.normalise);
  given("samples", o.samples);
  given("times", o.times);
  given("instances", o.instances);
  given("compensation", o.compensation);
  given("layer_samples", o.layer_samples);
  given("layer_instances", o.layer_instances);
  given("layer_time", o.layer_time);
  given("engine", o.engine);
  given("functional", o.functional);
  given("random_weights", o.random_weights);
  given("mapping", o.mapping);
  given("trace", o.trace);
  given("seed", o.seed);
  given("workers", o.workers);
  Running running(given.get("progress"));
  o.watch = running.watch();
  return running.run([&] { return pc::simulate(network, chip, o); });
}

pc::TileReport tile(const pc::Device& device, const py::dict& arguments) {
  const Given given(arguments);
  pc::TileOptions o;
  std::optional<Floats> weights, inputs;
  given("weights", weights);
  given("inputs", inputs);
  o.weights = from_numpy(weights);
  o.inputs = from_numpy(inputs);
  given("times", o.times);
  given("instances", o.instances);
  given("mode", o.mode);
  given("compensation", o.compensation);
  given("dac_bits", o.dac_bits);
  given("adc_bits", o.adc_bits);
  given("out_bound", o.out_bound);
  given("out_quantile", o.out_quantile);
  given("out_noise", o.out_noise);
  given("input_scale", o.input_scale);
  given("iterative_bound", o.iterative_bound);
  given("ir_drop", o.ir_drop);
  given("seed", o.seed);
  Running running(given.get("progress"));
  o.watch = running.watch();
  return running.run([&] { return pc::characterise_tile(device, o); });
}

bool is_binary(const std::string& name) {
  constexpr std::string_view kOnnx = ".onnx";
  return name.size() > kOnnx.size() && name.substr(name.size() - kOnnx.size()) == kOnnx;
}

using Explore = pc::Exploration (*)(const std::string&, const pc::ExploreOptions&);

py::dict explore(Explore run, const std::string& settings, const py::dict& arguments) {
  const Given given(arguments);
  pc::ExploreOptions o;
  given("set", o.set);
  given("workers", o.workers);
  given("out", o.out);
  given("resume", o.resume);
  Running running(given.get("progress"));
  o.watch = running.watch();
  const pc::Exploration found = running.run([&] { return run(settings, o); });
  py::dict files;
  for (const auto& [name, content] : found.files)
    files[py::str(name)] = is_binary(name) ? py::object(py::bytes(content)) : py::object(py::str(content));
  return py::dict(py::arg("json") = found.json, py::arg("text") = found.text, py::arg("files") = files,
                  py::arg("note") = found.note);
}

py::tuple infer_on_chip(const pc::Network& network, const Floats& samples, const pc::Chip& chip,
                        const py::dict& arguments) {
  const Given given(arguments);
  pc::ChipInferenceOptions o;
  std::optional<Floats> calibration;
  given("device", o.device);
  given("calibration", calibration);
  o.calibration = from_numpy(calibration);
  given("time", o.time);
  given("compensation", o.compensation);
  given("instance", o.instance);
  given("seed", o.seed);
  const pc::Array input = from_numpy(samples);
  Running running{py::none()};
  const pc::ChipInference inferred = running.run([&] { return network.infer(input, chip, o); });
  return py::make_tuple(to_numpy(inferred.outputs), inferred.warnings);
}

template <class Settings>
void bind_settings(py::module_& m, const char* name) {
  py::class_<Settings>(m, name)
      .def_static("load", &Settings::load, py::arg("name_or_file"), py::arg("set"))
      .def_static("parse", &Settings::parse, py::arg("text"), py::arg("set"))
      .def_static("names", &Settings::names)
      .def("name", &Settings::name)
      .def("yaml", &Settings::yaml)
      .def("json", &Settings::json);
}

void bind_network(py::module_& m) {
  using pc::Network;
  const auto unlocked = py::call_guard<py::gil_scoped_release>();
  py::class_<Network>(m, "Network")
      .def_static("load", &Network::load, unlocked)
      .def_static("parse",
                  [](const py::bytes& onnx, const std::string& name) { return Network::parse(onnx, name); })
      .def("name", &Network::name)
      .def("sha256", &Network::sha256)
      .def("trained", &Network::trained)
      .def("data", &Network::data)
      .def("parameters", &Network::parameters)
      .def("macs", &Network::macs)
      .def("input_shape", &Network::input_shape)
      .def("notes", &Network::notes)
      .def("onnx", [](const Network& n) { return py::bytes(n.onnx()); })
      .def("layers",
           [](const Network& n) {
             py::list layers;
             for (const pc::LayerInfo& layer : n.layers()) layers.append(info_of(layer));
             return layers;
           })
      .def("tensor", [](const Network& n, const std::string& layer,
                        const std::string& name) { return to_numpy(n.tensor(layer, name)); })
      .def("with_tensor", [](const Network& n, const std::string& layer, const std::string& name,
                             const Floats& values) { return n.with_tensor(layer, name, from_numpy(values)); })
      .def("with_random_weights", &Network::with_random_weights, unlocked)
      .def("infer",
           [](const Network& n, const Floats& samples) {
             const pc::Array input = from_numpy(samples);
             Running running{py::none()};
             py::list outputs;
             for (const pc::Array& output : running.run([&] { return n.infer(input); }))
               outputs.append(to_numpy(output));
             return outputs;
           })
      .def("infer_on_chip", &infer_on_chip);
}

void bind_reports(py::module_& m) {
  py::class_<pc::Report>(m, "Report")
      .def("json", &pc::Report::json)
      .def("text", &pc::Report::text)
      .def("layers_csv", &pc::Report::layers_csv)
      .def("html", &pc::Report::html)
      .def("settings", &pc::Report::settings)
      .def("write", &pc::Report::write);
  py::class_<pc::TileReport>(m, "TileReport")
      .def_readonly("json", &pc::TileReport::json)
      .def_readonly("csv", &pc::TileReport::csv);
  py::class_<pc::NetworkMapping>(m, "NetworkMapping")
      .def_readonly("json", &pc::NetworkMapping::json)
      .def_readonly("csv", &pc::NetworkMapping::csv)
      .def_readonly("file", &pc::NetworkMapping::file);
}

}  // namespace

PYBIND11_MODULE(_core, m) {
  m.doc() = "The library's functions; use the package phasecore instead.";
  py::register_exception_translator(translate);
  m.def("version", &pc::version);
  m.def("config_directory", &pc::config_directory);
  bind_settings<pc::Chip>(m, "Chip");
  bind_settings<pc::Device>(m, "Device");
  bind_network(m);
  bind_reports(m);
  m.def("simulate", &simulate);
  m.def("map_network", &pc::map_network, py::call_guard<py::gil_scoped_release>());
  m.def("tile", &tile);
  const auto bind_explore = [&](const char* name, Explore run) {
    m.def(name, [run](const std::string& settings, const py::dict& arguments) {
      return explore(run, settings, arguments);
    });
  };
  bind_explore("sweep", &pc::run_sweep);
  bind_explore("sweep_text", &pc::run_sweep_text);
  bind_explore("search", &pc::run_search);
  bind_explore("search_text", &pc::run_search_text);
}
