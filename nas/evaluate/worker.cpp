// What a worker does, and the messages it exchanges with the pool.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "common/diagnostics.hpp"
#include "nas/evaluate/fork_server.hpp"

namespace phasecore::evaluate {
namespace {

using common::receive_all;
using common::send_all;

/// "PCevals1": no accident, and no text, begins like this.
constexpr std::uint64_t kMagic = 0x31736c6176654350;
/// No outcome is this large.
constexpr std::uint64_t kMostBytes = 1 << 24;

struct ReplyHead {
  std::uint64_t magic = kMagic, number = 0, kind = 0, size = 0, hash = 0;
};

/// FNV-1a.
std::uint64_t hash_of(const char* data, std::size_t size) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<unsigned char>(data[i])) * 0x100000001b3;
  return hash;
}

ReplyKind answer(const Evaluator& evaluator, const Job& job, std::string& content) {
  try {
    content = to_bytes(evaluator.evaluate(job.genes, job.step));
    return ReplyKind::Outcome;
  } catch (const common::InputError& e) {
    Outcome outcome;
    outcome.failure = on_one_line(e);
    content = to_bytes(outcome);
    return ReplyKind::Outcome;
  } catch (const std::bad_alloc&) {
    content = "out of memory";
  } catch (const std::exception& e) {
    content = e.what();
  } catch (...) {
    content = "the evaluation threw what is no exception";
  }
  return ReplyKind::Threw;
}

bool receive(int socket, Request& request) {
  std::uint64_t genes = 0;
  if (!receive_all(socket, &request.number, sizeof request.number) ||
      !receive_all(socket, &request.job.step, sizeof request.job.step) ||
      !receive_all(socket, &genes, sizeof genes))
    return false;
  request.job.genes.resize(genes);
  return receive_all(socket, request.job.genes.data(), genes * sizeof(int));
}

}  // namespace

bool send(int socket, const Request& request) {
  const std::uint64_t genes = request.job.genes.size();
  return send_all(socket, &request.number, sizeof request.number) &&
         send_all(socket, &request.job.step, sizeof request.job.step) &&
         send_all(socket, &genes, sizeof genes) &&
         send_all(socket, request.job.genes.data(), genes * sizeof(int));
}

void serve(int socket, const Evaluator& evaluator) {
  Request request;
  while (receive(socket, request)) {
    std::string content;
    const ReplyKind kind = answer(evaluator, request.job, content);
    const ReplyHead head{kMagic, request.number, static_cast<std::uint64_t>(kind), content.size(),
                         hash_of(content.data(), content.size())};
    if (!send_all(socket, &head, sizeof head) || !send_all(socket, content.data(), content.size())) break;
  }
  std::cout.flush();
  std::fflush(nullptr);
  ::_exit(0);  // no destructors, no atexit: they belong to the owner
}

int take_reply(std::string& arrived, std::uint64_t number, ReplyKind& kind, std::string& content) {
  ReplyHead head;
  const std::size_t known = std::min(arrived.size(), sizeof head.magic);
  if (std::memcmp(arrived.data(), &head.magic, known) != 0) return -1;
  if (arrived.size() < sizeof head) return 0;
  std::memcpy(&head, arrived.data(), sizeof head);
  if (head.number != number || head.size > kMostBytes || head.kind > 1) return -1;
  if (arrived.size() < sizeof head + head.size) return 0;
  content = arrived.substr(sizeof head, head.size);
  arrived.erase(0, sizeof head + head.size);
  if (hash_of(content.data(), content.size()) != head.hash) return -1;
  kind = static_cast<ReplyKind>(head.kind);
  return 1;
}

}  // namespace phasecore::evaluate
