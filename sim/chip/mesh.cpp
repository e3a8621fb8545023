#include "sim/chip/mesh.hpp"

namespace phasecore::chip {

Mesh::Mesh(RunState& run, const std::vector<std::unique_ptr<Core>>& cores) : run_(run), cores_(cores) {
  const int columns = run.structure().columns;
  const int count = static_cast<int>(cores.size());
  entries_.resize(count);
  for (int id = 0; id < count; ++id) {
    routers_.push_back(std::make_unique<Router>(("router_" + std::to_string(id)).c_str(), id, run));
    routers_[id]->connect_core(*cores[id], entries_[id]);
  }
  for (int id = 0; id < count; ++id) {
    if (id % columns + 1 < columns) {
      routers_[id]->connect(Router::kEast, *routers_[id + 1], Router::kWest);
      routers_[id + 1]->connect(Router::kWest, *routers_[id], Router::kEast);
    }
    if (id + columns < count) {
      routers_[id]->connect(Router::kSouth, *routers_[id + columns], Router::kNorth);
      routers_[id + columns]->connect(Router::kNorth, *routers_[id], Router::kSouth);
    }
  }
}

void Mesh::reset() {
  for (auto& router : routers_) router->reset();
  for (std::size_t core = 0; core < entries_.size(); ++core)
    entries_[core].reset(*cores_[core], run_.structure().buffer_flits);
}

bool Mesh::empty() const {
  for (const auto& router : routers_)
    if (!router->empty()) return false;
  for (const Credits& entry : entries_)
    if (!entry.whole()) return false;
  return true;
}

bool Mesh::may_start(int core, int packet, Picoseconds now) {
  const int flits = run_.packets()[packet].flits;
  if (entries_[core].available(now) >= flits) return true;
  entries_[core].await(flits);
  return false;
}

Picoseconds Mesh::start(int core, int packet, Picoseconds now, bool head_only) {
  if (head_only) finish(core, packet, now);
  const program::Structure& s = run_.structure();
  const Parcel parcel = parcel_of(run_, packet);
  entries_[core].take(parcel.flits);
  routers_[core]->accept(Router::kLocal, parcel, now + s.link_latency * s.clock_ps);
  return parcel.flits * s.clock_ps;
}

void Mesh::finish(int, int, Picoseconds) {
  throw common::InternalError("a streaming packet on the mesh");
}

}  // namespace phasecore::chip
