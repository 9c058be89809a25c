//===- Side.cpp - One of two devices that run the same steps --------------===//

#include "bench/device/Side.h"

#include "runtime/artifact/ElementSize.h"

#include <cstring>

namespace g4rt {

Result<Side> Side::open(const ArtifactFile &file, const std::string &device,
                        const ExecutorOptions &options) {
  const artifact::Artifact &root = file.root();
  G4RT_ASSIGN(DeviceName name, parseDeviceName(device));
  G4RT_ASSIGN(DeviceChoice choice,
              chooseDevice(root, name, machineDevices(/*numThreads=*/0)));
  Side side;
  side.device = std::move(choice.device);
  side.variant = choice.variant.variant;
  G4RT_ASSIGN(side.plan, planMemory(root, side.program(), options));
  G4RT_ASSIGN(side.executor, ProgramExecutor::create(file, *side.variant,
                                                     *side.device, side.plan));
  return side;
}

std::vector<size_t> Side::argsOf(const artifact::Launch &launch,
                                 artifact::ArgKind kind) {
  std::vector<size_t> found;
  for (size_t i = 0; i < launch.args()->size(); ++i)
    if (launch.args()->Get(static_cast<uint32_t>(i))->kind() == kind)
      found.push_back(i);
  return found;
}

BufferValue Side::shapeOf(const LaunchTime &launch, size_t arg) const {
  uint32_t index =
      launch.table->args()->Get(static_cast<uint32_t>(arg))->index();
  const artifact::Buffer &buffer = *program().buffers()->Get(index);
  return {.dtype = buffer.dtype(),
          .rows = static_cast<int64_t>(launch.sizes->evaluate(*buffer.rows())),
          .cols = static_cast<int64_t>(buffer.cols()),
          .bytes = {}};
}

Result<BufferValue> Side::read(const LaunchTime &launch, size_t arg) {
  BufferValue value = shapeOf(launch, arg);
  value.bytes.resize(static_cast<uint64_t>(value.rows * value.cols) *
                     elementBytes(value.dtype));
  G4RT_TRY(device->copyOut(value.bytes, addressOf(launch, arg)));
  return value;
}

void Side::noteCaches(const LaunchTime &launch) {
  using artifact::ArgKind;
  for (auto [kind, places] : {std::pair(ArgKind::cache_keys, &keys),
                              std::pair(ArgKind::cache_values, &values)})
    for (size_t arg : argsOf(*launch.table, kind))
      (*places)
          [launch.table->args()->Get(static_cast<uint32_t>(arg))->index()] =
              addressOf(launch, arg);
}

int64_t Side::pageOf(const artifact::Cache &cache, int64_t slot,
                     int64_t position,
                     std::span<const int32_t> pageTable) const {
  int64_t number = position / int64_t{cache.page_size()};
  if (cache.kind() == artifact::CacheKind::window)
    return slot * plan.windowPages + number % plan.windowPages;
  return pageTable[static_cast<size_t>(slot * plan.limits.pagesPerSlot +
                                       number)];
}

std::vector<std::byte> transposedKeys(const artifact::Cache &cache,
                                      std::span<const std::byte> keys,
                                      KeyOrder from) {
  uint64_t size = elementBytes(cache.dtype());
  uint64_t d = cache.head_dim(), p = cache.page_size();
  uint64_t rows = from == KeyOrder::Panel ? d : p;
  uint64_t cols = from == KeyOrder::Panel ? p : d;
  std::vector<std::byte> result(keys.size());
  for (uint64_t head = 0; head < cache.num_kv_heads(); ++head)
    for (uint64_t i = 0; i < rows; ++i)
      for (uint64_t j = 0; j < cols; ++j)
        std::memcpy(&result[(head * d * p + j * rows + i) * size],
                    &keys[(head * d * p + i * cols + j) * size], size);
  return result;
}

static uint64_t pageBytes(const artifact::Cache &cache) {
  return Side::pageElements(cache) * elementBytes(cache.dtype());
}

Result<CachePage> readPage(Side &side, uint32_t number, int64_t page) {
  const artifact::Cache &cache = *side.program().caches()->Get(number);
  uint64_t bytes = pageBytes(cache), at = static_cast<uint64_t>(page) * bytes;
  CachePage content{std::vector<std::byte>(bytes),
                    std::vector<std::byte>(bytes)};
  G4RT_TRY(side.device->copyOut(content.keys, side.keys[number] + at));
  G4RT_TRY(side.device->copyOut(content.values, side.values[number] + at));
  if (side.keyOrder == KeyOrder::Panel)
    content.keys = transposedKeys(cache, content.keys, KeyOrder::Panel);
  return content;
}

Status writePage(Side &side, uint32_t number, int64_t page,
                 const CachePage &content) {
  const artifact::Cache &cache = *side.program().caches()->Get(number);
  uint64_t at = static_cast<uint64_t>(page) * pageBytes(cache);
  if (side.keyOrder == KeyOrder::Panel)
    G4RT_TRY(side.device->copyIn(
        side.keys[number] + at,
        transposedKeys(cache, content.keys, KeyOrder::Rows)));
  else
    G4RT_TRY(side.device->copyIn(side.keys[number] + at, content.keys));
  G4RT_TRY(side.device->copyIn(side.values[number] + at, content.values));
  return side.device->synchronize();
}

std::string familyOf(std::string_view kernel) {
  return std::string(kernel.substr(0, kernel.find('_')));
}

} // namespace g4rt
