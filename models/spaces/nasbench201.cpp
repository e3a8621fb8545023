#include "models/spaces/nasbench201.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "models/graph/builder.hpp"
#include "models/graph/init.hpp"

namespace phasecore::spaces {

namespace {

constexpr int kNodes = 4;
constexpr int kCellsPerStage = 5;
constexpr int kWidths[] = {16, 32, 64};

struct Edge {
  int from, to;  ///< nodes, from 0
};
constexpr std::array<Edge, 6> kEdges = {{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}};

/// Nodes that the cell's input reaches, or, backwards, that reach its output. Edges are sorted by start and
/// never run backwards, so that one pass over the nodes is enough.
std::array<bool, kNodes> reached(const Cell& cell, bool backwards) {
  std::array<bool, kNodes> seen{};
  seen[backwards ? kNodes - 1 : 0] = true;
  for (int step = 1; step < kNodes; ++step)
    for (std::size_t e = 0; e < kEdges.size(); ++e) {
      const auto [from, to] = kEdges[e];
      if (cell[e] == CellOp::None) continue;
      if (!backwards && to == step) seen[to] = seen[to] || seen[from];
      if (backwards && from == kNodes - 1 - step) seen[from] = seen[from] || seen[to];
    }
  return seen;
}

int kernel_of(CellOp op) {
  return op == CellOp::Conv3x3 ? 3 : op == CellOp::Conv1x1 ? 1 : 0;
}

/// Convolutions on the longest way through the cell.
int longest(const Cell& live) {
  std::array<int, kNodes> depth{};
  for (int node = 1; node < kNodes; ++node)
    for (std::size_t e = 0; e < kEdges.size(); ++e)
      if (kEdges[e].to == node && live[e] != CellOp::None)
        depth[node] = std::max(depth[node], depth[kEdges[e].from] + (kernel_of(live[e]) > 0 ? 1 : 0));
  return depth[kNodes - 1];
}

/// Writes cells and the blocks between them down.
class Writer {
 public:
  explicit Writer(graph::Builder& draft) : draft_(draft) {}

  /// ReLU, convolution, batch norm.
  int unit(const std::string& name, int from, int out, int kernel, int stride) {
    const int x =
        draft_.conv(name, draft_.relu(name + ".relu", from), out, graph::centred_window(kernel, stride));
    return draft_.batch_norm(name + ".norm", x);
  }

  int cell(const std::string& name, const Cell& live, int from) {
    std::array<int, kNodes> node;
    node.fill(-1);
    node[0] = from;
    for (int to = 1; to < kNodes; ++to)
      for (std::size_t e = 0; e < kEdges.size(); ++e) {
        if (kEdges[e].to != to || live[e] == CellOp::None) continue;
        const std::string edge = name + ".edge" + std::to_string(kEdges[e].from + 1) + std::to_string(to + 1);
        const int x = operation(edge, live[e], node[kEdges[e].from]);
        node[to] = node[to] < 0 ? x : draft_.add(edge + ".add", node[to], x);
      }
    return node[kNodes - 1];
  }

  int reduction(const std::string& name, int from, int out) {
    int x = unit(name + ".conv1", from, out, 3, 2);
    x = unit(name + ".conv2", x, out, 3, 1);
    const int pool = draft_.average_pool(name + ".shortcut.pool", from, graph::square_window(2, 2));
    return draft_.add(name + ".add", draft_.conv(name + ".shortcut", pool, out, graph::centred_window(1, 1)),
                      x);
  }

 private:
  int operation(const std::string& name, CellOp op, int from) {
    if (op == CellOp::Skip) return from;
    if (op == CellOp::AveragePool) return draft_.average_pool(name, from, graph::centred_window(3, 1));
    return unit(name, from, draft_.channels(from), kernel_of(op), 1);
  }

  graph::Builder& draft_;
};

}  // namespace

Cell without_dead_edges(const Cell& cell) {
  const auto forth = reached(cell, false), back = reached(cell, true);
  Cell live = cell;
  for (std::size_t e = 0; e < kEdges.size(); ++e)
    if (!forth[kEdges[e].from] || !back[kEdges[e].to]) live[e] = CellOp::None;
  return live;
}

bool connected(const Cell& cell) {
  return reached(cell, false)[kNodes - 1];
}

void Nasbench201::Settings::fields(common::FieldVisitor& v) {
  spaces::Settings::fields(v);
  v.check(input.size() != 3 || (input[1] % 4 == 0 && input[2] % 4 == 0),
          "height and width of 'input' are halved twice and must be multiples of 4", {"input"});
}

std::vector<Gene> Nasbench201::all_genes(const Settings&) {
  std::vector<Gene> genes;
  for (const Edge& edge : kEdges) {
    const std::string from = std::to_string(edge.from + 1), to = std::to_string(edge.to + 1);
    genes.push_back(Gene::categorical("edge" + from + to, "operation from node " + from + " to node " + to,
                                      {"skip", "none", "conv3x3", "conv1x1", "avgpool3x3"}));
  }
  return genes;
}

Nasbench201::Nasbench201(const Settings& settings, std::vector<Gene> genes)
    : Space(settings, std::move(genes)) {}

Cell Nasbench201::cell(const Genes& genes) const {
  common::ensure(malformed(genes).empty(), "cell() of malformed genes");
  Cell cell;
  for (int e = 0; e < static_cast<int>(cell.size()); ++e) cell[e] = static_cast<CellOp>(value(genes, e));
  return cell;
}

/// Dead edges become `none`, or the first choice where the space was narrowed to have no `none`.
Genes Nasbench201::canonical(const Genes& genes) const {
  const Cell all = cell(genes), live = without_dead_edges(all);
  Genes unique = genes;
  for (std::size_t e = 0; e < live.size(); ++e) {
    if (live[e] == all[e]) continue;
    const auto& values = this->genes()[e].values;
    const auto none = std::find(values.begin(), values.end(), static_cast<int>(CellOp::None));
    unique[e] = none == values.end() ? 0 : static_cast<int>(none - values.begin());
  }
  return unique;
}

bool Nasbench201::has_effect(const Genes&, int) const {
  return true;  // any edge may be what keeps another one alive
}

Size Nasbench201::size() const {
  std::set<Cell> different;
  Genes genes(kEdges.size(), 0);
  for (std::size_t e = 0; e < genes.size();) {
    const Cell all = cell(genes);
    if (connected(all)) different.insert(without_dead_edges(all));
    // Counts on: a gene at its last choice starts again and carries over to the next.
    for (e = 0; e < genes.size(); genes[e++] = 0)
      if (++genes[e] < static_cast<int>(this->genes()[e].choices.size())) break;
  }
  return {different.size(), std::log10(static_cast<double>(different.size()))};
}

Cost Nasbench201::cost(const Genes& genes) const {
  const Cell live = without_dead_edges(cell(genes));
  long long pixels = static_cast<long long>(input()[1]) * input()[2];
  long long in = input()[0];
  Cost sum;
  const auto unit = [&](long long from, long long to, long long kernel, long long norms) {
    sum.parameters += from * to * kernel * kernel + norms * to;
    sum.macs += from * to * kernel * kernel * pixels;
  };
  unit(in, kWidths[0], 3, 2);
  in = kWidths[0];
  for (const long long width : kWidths) {
    if (width != in) {
      pixels /= 4;
      unit(in, width, 3, 2);
      unit(width, width, 3, 2);
      unit(in, width, 1, 0);
      in = width;
    }
    for (const CellOp op : live)
      if (kernel_of(op) > 0)
        for (int c = 0; c < kCellsPerStage; ++c) unit(width, width, kernel_of(op), 2);
  }
  sum.parameters += 2 * in + in * classes() + classes();
  sum.macs += in * classes();
  sum.depth = 2 + 2 * 2 + 3 * kCellsPerStage * longest(live);
  return sum;
}

std::string Nasbench201::own_refusal(const Genes& canonical) const {
  return connected(cell(canonical)) ? "" : "no path leads from the input of the cell to its output";
}

graph::Network Nasbench201::draft(const Genes& canonical, std::uint64_t seed) const {
  const Cell live = without_dead_edges(cell(canonical));
  graph::Builder draft(kind(), input());
  Writer writer(draft);
  int x = draft.conv("stem", draft.input(), kWidths[0], graph::centred_window(3, 1));
  x = draft.batch_norm("stem.norm", x);
  for (int s = 0; s < 3; ++s) {
    const std::string stage = "stage" + std::to_string(s + 1);
    if (s > 0) x = writer.reduction(stage + ".reduction", x, kWidths[s]);
    for (int c = 1; c <= kCellsPerStage; ++c) x = writer.cell(stage + ".cell" + std::to_string(c), live, x);
  }
  x = draft.relu("last.relu", draft.batch_norm("last.norm", x));
  draft.deliver(draft.classify(x, classes()));
  graph::Network network = draft.finish();
  graph::fill_he_normal(network, seed, graph::WeightAddress::ByOutput);
  return network;
}

}  // namespace phasecore::spaces
