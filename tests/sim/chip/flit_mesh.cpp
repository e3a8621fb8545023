#include "tests/sim/chip/flit_mesh.hpp"

#include <array>
#include <deque>
#include <stdexcept>

namespace phasecore::test {
namespace {

constexpr int kEast = 0, kWest = 1, kNorth = 2, kSouth = 3, kCore = 4, kPorts = 5;
constexpr int kOpposite[] = {kWest, kEast, kSouth, kNorth};
constexpr long kPatience = 1'000'000;

struct Flit {
  int packet = 0;
  bool head = false, tail = false;
  long arrived = 0;
};

struct Input {
  std::deque<Flit> buffer;
  int output = -1;  ///< where the packet at the front is going while it moves
  long free_from =
      0;  ///< one flit per cycle leaves an input, so the next packet starts a cycle after the last tail
};

struct Output {
  int input = -1;  ///< whose packet is moving
  int last = kPorts - 1;
};

/// A wire: what is put on it comes out after the link latency.
struct Wire {
  std::deque<Flit> flits;
  std::deque<std::pair<long, int>> room;  ///< (cycle, flits) on their way back
  int free = 0;                           ///< flits of room the sender knows of
};

class FlitMesh {
 public:
  FlitMesh(const Layout& layout, std::vector<FlitPacket>& packets, Switching by)
      : grid_(layout.chip.grid),
        network_(layout.chip.network),
        by_flit_(by == Switching::Wormhole),
        packets_(packets) {
    const int cores = layout.cores();
    inputs_.resize(cores);
    outputs_.resize(cores);
    into_.resize(cores);
    for (auto& wires : into_)
      for (Wire& wire : wires) wire.free = network_.buffer_flits;
    queues_.resize(cores);
    sent_.resize(cores);
    for (int p = 0; p < static_cast<int>(packets.size()); ++p) queues_[packets[p].source].push_back(p);
  }

  void run() {
    std::size_t left = packets_.size();
    for (long cycle = 0; left > 0; ++cycle) {
      if (cycle > kPatience) throw std::runtime_error("the flits do not arrive");
      receive(cycle);
      for (int router = 0; router < static_cast<int>(inputs_.size()); ++router)
        for (int output = 0; output < kPorts; ++output) left -= forward(router, output, cycle);
      for (int core = 0; core < static_cast<int>(queues_.size()); ++core) inject(core, cycle);
    }
  }

 private:
  void receive(long cycle) {
    for (std::size_t router = 0; router < into_.size(); ++router)
      for (int port = 0; port < kPorts; ++port) {
        Wire& wire = into_[router][port];
        while (!wire.flits.empty() && wire.flits.front().arrived == cycle) {
          inputs_[router][port].buffer.push_back(wire.flits.front());
          wire.flits.pop_front();
        }
        while (!wire.room.empty() && wire.room.front().first == cycle) {
          wire.free += wire.room.front().second;
          wire.room.pop_front();
        }
      }
  }

  int route(int router, int packet) const {
    const int target = packets_[packet].target;
    const int x = router % grid_.columns, tx = target % grid_.columns;
    if (tx > x) return kEast;
    if (tx < x) return kWest;
    if (target > router) return kSouth;
    return target < router ? kNorth : kCore;
  }

  int neighbour(int router, int output) const {
    const int step[] = {1, -1, -grid_.columns, grid_.columns};
    return router + step[output];
  }

  /// Chooses a packet for an idle output and moves one flit of it; 1 when a packet is through at its target.
  std::size_t forward(int router, int o, long cycle) {
    Output& out = outputs_[router][o];
    Wire* wire = o == kCore ? nullptr : &into_[neighbour_or(router, o)][kOpposite[o]];
    if (out.input < 0) {
      const int chosen = choose(router, o, cycle);
      if (chosen < 0) return 0;
      if (!by_flit_ && wire != nullptr && !take(*wire, flits_of(inputs_[router][chosen].buffer.front())))
        return 0;
      out.input = out.last = chosen;
      inputs_[router][chosen].output = o;
    }
    Input& in = inputs_[router][out.input];
    if (in.buffer.empty() || (by_flit_ && wire != nullptr && !take(*wire, 1))) return 0;
    Flit flit = in.buffer.front();
    in.buffer.pop_front();
    if (by_flit_ || flit.tail)
      into_[router][out.input].room.push_back(
          {cycle + 1 + network_.link_latency_cycles, by_flit_ ? 1 : flits_of(flit)});
    if (flit.tail) {
      in.output = -1;
      in.free_from = cycle + 1;
      out.input = -1;
    }
    flit.arrived = cycle + network_.link_latency_cycles;
    if (wire != nullptr) {
      wire->flits.push_back(flit);
    } else if (flit.tail) {
      packets_[flit.packet].arrival = flit.arrived;
      return 1;
    }
    return 0;
  }

  int flits_of(const Flit& flit) const { return packets_[flit.packet].flits; }

  static bool take(Wire& wire, int flits) {
    if (wire.free < flits) return false;
    wire.free -= flits;
    return true;
  }

  /// Outputs at the edge are never chosen by XY; their wire is any.
  int neighbour_or(int router, int output) const {
    const int n = neighbour(router, output);
    return n >= 0 && n < static_cast<int>(inputs_.size()) ? n : router;
  }

  int choose(int router, int output, long cycle) const {
    for (int k = 1; k <= kPorts; ++k) {
      const int i = (outputs_[router][output].last + k) % kPorts;
      const Input& in = inputs_[router][i];
      if (in.output >= 0 || in.free_from > cycle || in.buffer.empty() || !in.buffer.front().head) continue;
      const Flit& head = in.buffer.front();
      if (head.arrived + network_.router_latency_cycles <= cycle && route(router, head.packet) == output)
        return i;
    }
    return -1;
  }

  void inject(int core, long cycle) {
    if (queues_[core].empty()) return;
    const int packet = queues_[core].front();
    const int flits = packets_[packet].flits;
    Wire& wire = into_[core][kCore];
    if (packets_[packet].ready > cycle) return;
    if ((by_flit_ || sent_[core] == 0) && !take(wire, by_flit_ ? 1 : flits)) return;
    ++sent_[core];
    wire.flits.push_back(
        {packet, sent_[core] == 1, sent_[core] == flits, cycle + network_.link_latency_cycles});
    if (sent_[core] < flits) return;
    sent_[core] = 0;
    queues_[core].pop_front();
  }

  const config::Grid grid_;
  const config::Interconnect network_;
  const bool by_flit_;  ///< room is taken and freed flit by flit
  std::vector<FlitPacket>& packets_;
  std::vector<std::array<Input, kPorts>> inputs_;
  std::vector<std::array<Output, kPorts>> outputs_;
  std::vector<std::array<Wire, kPorts>> into_;  ///< wires into a router's inputs
  std::vector<std::deque<int>> queues_;         ///< packets each core has yet to send
  std::vector<int> sent_;                       ///< flits of the first of them
};

}  // namespace

void send_by_flits(const Layout& layout, std::vector<FlitPacket>& packets, Switching by) {
  FlitMesh(layout, packets, by).run();
}

}  // namespace phasecore::test
