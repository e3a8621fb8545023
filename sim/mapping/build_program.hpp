// From a mapping to what the chip executes: tasks, tokens, times, energies.
#pragma once

#include "sim/config/chip.hpp"
#include "sim/fabric/fabric.hpp"
#include "sim/mapping/mapping.hpp"
#include "sim/program/program.hpp"

namespace phasecore::mapping {

/// What a task does, for those who give it values.
///
/// interlayer network: Source -> cores -> Sink. Source fires once per pixel of the image.
/// interlayer host: between the stages the host collects, computes what is no MVM and sends:
///   Collect(p)   the outputs of on-chip stage p, once per pixel (not for the last stage)
///   HostStage(d) a stage on the host, once per pixel of its output
///   Send(s)      the rows of on-chip stage s's input vector (im2col), once per firing of a replica of s; of
///                its state of the step before, if it has one
///
/// schedule layer-serial and crossbar-serial: Starter tasks of the host let the tasks of a wave of layers
/// begin an image.
enum class TaskRole { Source, Sink, Core, Collect, Send, HostStage, Starter };
struct TaskOrigin {
  int stage = -1;      ///< -1: Source, Sink and Starters
  int submatrix = -1;  ///< index into MvmWork::submatrices, -1 for digital and host tasks
  TaskRole role = TaskRole::Core;
  int replica = 0;  ///< of the stage
};

/// What a stream's token holds. The n-th token of an image is that of the stream's n-th block or of firing n.
enum class TokenKind {
  Pixel,  ///< channels [channel_begin, channel_end) of each pixel of a block of `stage`'s output (or image)
  PartialSum,  ///< columns [channel_begin, channel_end) of `stage`, after one chain position
  Rows,        ///< rows [channel_begin, channel_end) of the input vector of `stage` (interlayer host)
  State,       ///< as Pixel, of a stage's own output, of the step before
  Signal,      ///< nothing, from and to Starters
};
struct StreamOrigin {
  int stage = kNetworkInput;
  int channel_begin = 0, channel_end = 0;
  TokenKind kind = TokenKind::Pixel;
  int input = 0;                 ///< Pixel: which input of the stage that reads it
  int place = 0;                 ///< Pixel: where in that input the first channel lies
  Blocks plane = {};             ///< Pixel: in which blocks they come
  std::vector<int> blocks = {};  ///< Pixel: those of its tokens
};

struct BuiltProgram {
  program::Program program;
  std::vector<TaskOrigin> tasks;
  std::vector<StreamOrigin> streams;
  /// The tasks on cores, by the waves in which they run: their layers (schedule layer-serial), or each task
  /// by itself (crossbar-serial). Pipelined: none.
  std::vector<std::vector<int>> waves;
  std::vector<std::string>
      units;  ///< of every core, for Platform::units: the standard ones and what works ask for
};

/// Program::layers are the stages' names followed by "shared". All program::check() promises hold.
/// Throws InputError when a buffer does not fit the activation memory (with the table of what needs how
/// much).
BuiltProgram build_program(const Mapping& mapping, const config::Chip& chip, const fabric::Fabric& fabric);
/// On the fabric of the chip's file.
BuiltProgram build_program(const Mapping& mapping, const config::Chip& chip);

}  // namespace phasecore::mapping
