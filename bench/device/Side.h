//===- Side.h - One of two devices that run the same steps ------*- C++ -*-===//
//
// A device with a variant's executor, and what a launch of it touches: its
// buffers, and the rows of caches that a step writes.
//
//===----------------------------------------------------------------------===//

#ifndef G4_BENCH_DEVICE_SIDE_H
#define G4_BENCH_DEVICE_SIDE_H

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/exec/DeviceChoice.h"
#include "runtime/exec/ProgramExecutor.h"
#include "runtime/scheduler/FixedTables.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bench/device/Compare.h"

namespace g4rt {

/// How a page of keys lies, for each head: on a CPU [head_dim, page_size], on
/// GPUs [page_size, head_dim] as values do everywhere (Program.fbs).
enum class KeyOrder { Panel, Rows };

struct Side {
  std::unique_ptr<Device> device;
  const artifact::Variant *variant = nullptr;
  MemoryPlan plan;
  std::unique_ptr<ProgramExecutor> executor;
  KeyOrder keyOrder = KeyOrder::Panel;
  /// Of each slot its own pages in turn.
  std::optional<FixedTables> tables;
  /// By number of the cache: keys, values. Known after a step.
  std::map<uint32_t, DeviceAddress> keys, values;

  /// Errors: those of chooseDevice, planMemory and ProgramExecutor::create.
  static Result<Side> open(const ArtifactFile &file, const std::string &device,
                           const ExecutorOptions &options);

  const artifact::Program &program() const { return *variant->program(); }

  /// The launch's arguments of this kind, in their order: numbers of args.
  static std::vector<size_t> argsOf(const artifact::Launch &launch,
                                    artifact::ArgKind kind);
  /// Where argument number `arg` points.
  static DeviceAddress addressOf(const LaunchTime &launch, size_t arg) {
    return DeviceAddress{launch.call->args[arg]};
  }
  /// Argument number `arg`, a buffer; without its bytes.
  BufferValue shapeOf(const LaunchTime &launch, size_t arg) const;
  Result<BufferValue> read(const LaunchTime &launch, size_t arg);
  /// Notes where the caches of this launch lie.
  void noteCaches(const LaunchTime &launch);

  /// Page of a slot's position in a cache.
  int64_t pageOf(const artifact::Cache &cache, int64_t slot,
                 int64_t position) const;
};

/// Rows of a cache at consecutive positions of one slot, whatever the page size
/// and the order of keys: values [count, kv_heads, head_dim], keys with the
/// columns that the cache stores.
struct CacheRows {
  uint32_t cache = 0;
  int64_t slot = 0, first = 0, count = 0;
  std::vector<std::byte> keys, values;
};
/// Errors: the device's.
Result<CacheRows> readRows(Side &side, uint32_t cache, int64_t slot,
                           int64_t first, int64_t count);
Status writeRows(Side &side, const CacheRows &rows);

/// "linear" of "linear_bf16_n64k64_m8n16".
std::string familyOf(std::string_view kernel);

} // namespace g4rt

#endif // G4_BENCH_DEVICE_SIDE_H
