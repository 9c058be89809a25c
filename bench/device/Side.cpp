//===- Side.cpp - One of two devices that run the same steps --------------===//

#include "bench/device/Side.h"

#include "runtime/artifact/ElementSize.h"

#include <algorithm>
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
  if (side.device->kind() != artifact::DeviceKind::cpu)
    side.keyOrder = KeyOrder::Rows;
  G4RT_ASSIGN(side.plan, planMemory(root, side.program(), options));
  side.tables.emplace(side.plan.limits);
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
                     int64_t position) const {
  int64_t number = position / int64_t{cache.page_size()};
  const ExecutorLimits &limits = plan.limits;
  if (cache.kind() == artifact::CacheKind::window)
    return slot * limits.windowPagesPerSlot +
           number % limits.windowPagesPerSlot;
  return slot * limits.pagesPerSlot + number;
}

namespace {

/// A page's content while rows go in or out.
class PageOfRows {
public:
  PageOfRows(Side &side, uint32_t cache, int64_t page)
      : side_(side), cache_(*side.program().caches()->Get(cache)),
        size_(elementBytes(cache_.dtype())),
        bytes_(size_ * cache_.num_kv_heads() * cache_.head_dim() *
               cache_.page_size()),
        keysAt_(side.keys[cache] + static_cast<uint64_t>(page) * bytes_),
        valuesAt_(side.values[cache] + static_cast<uint64_t>(page) * bytes_) {}

  Status load() {
    keys_.resize(bytes_);
    values_.resize(bytes_);
    G4RT_TRY(side_.device->copyOut(keys_, keysAt_));
    return side_.device->copyOut(values_, valuesAt_);
  }
  Status store() {
    G4RT_TRY(side_.device->copyIn(keysAt_, keys_));
    G4RT_TRY(side_.device->copyIn(valuesAt_, values_));
    return side_.device->synchronize();
  }
  /// Calls `move` with where each element of a position lies here and in a row.
  template <typename F>
  void forRow(int64_t position, F &&move) {
    uint64_t d = cache_.head_dim(), p = cache_.page_size();
    uint64_t place = static_cast<uint64_t>(position) % p;
    for (uint64_t head = 0; head < cache_.num_kv_heads(); ++head)
      for (uint64_t i = 0; i < d; ++i) {
        uint64_t row = (head * p + place) * d + i;
        uint64_t panel = (head * d + i) * p + place;
        uint64_t key = side_.keyOrder == KeyOrder::Rows ? row : panel;
        move(&keys_[key * size_], &values_[row * size_],
             (head * d + i) * size_);
      }
  }
  uint64_t elementSize() const { return size_; }

private:
  Side &side_;
  const artifact::Cache &cache_;
  uint64_t size_, bytes_;
  DeviceAddress keysAt_, valuesAt_;
  std::vector<std::byte> keys_, values_;
};

} // namespace

static uint64_t rowBytes(Side &side, uint32_t cache) {
  const artifact::Cache &table = *side.program().caches()->Get(cache);
  return uint64_t{table.num_kv_heads()} * table.head_dim() *
         elementBytes(table.dtype());
}

/// Calls `body` with each page of [first, first + count) and the positions in
/// it.
static Status
forPages(Side &side, uint32_t number, int64_t slot, int64_t first,
         int64_t count,
         const std::function<Status(PageOfRows &, int64_t, int64_t)> &body) {
  const artifact::Cache &cache = *side.program().caches()->Get(number);
  int64_t size = cache.page_size();
  for (int64_t at = first, end = first + count; at < end;) {
    int64_t pageEnd = std::min(end, (at / size + 1) * size);
    PageOfRows page(side, number, side.pageOf(cache, slot, at));
    G4RT_TRY(page.load());
    G4RT_TRY(body(page, at, pageEnd));
    at = pageEnd;
  }
  return Status();
}

Result<CacheRows> readRows(Side &side, uint32_t cache, int64_t slot,
                           int64_t first, int64_t count) {
  uint64_t bytes = rowBytes(side, cache);
  CacheRows rows{cache, slot, first, count, {}, {}};
  rows.keys.resize(static_cast<uint64_t>(count) * bytes);
  rows.values.resize(rows.keys.size());
  auto take = [&](PageOfRows &page, int64_t begin, int64_t end) {
    for (int64_t position = begin; position < end; ++position)
      page.forRow(position, [&](std::byte *key, std::byte *value, uint64_t i) {
        uint64_t at = static_cast<uint64_t>(position - first) * bytes + i;
        std::memcpy(&rows.keys[at], key, page.elementSize());
        std::memcpy(&rows.values[at], value, page.elementSize());
      });
    return Status();
  };
  G4RT_TRY(forPages(side, cache, slot, first, count, take));
  return rows;
}

Status writeRows(Side &side, const CacheRows &rows) {
  uint64_t bytes = rowBytes(side, rows.cache);
  auto put = [&](PageOfRows &page, int64_t begin, int64_t end) {
    for (int64_t position = begin; position < end; ++position)
      page.forRow(position, [&](std::byte *key, std::byte *value, uint64_t i) {
        uint64_t at = static_cast<uint64_t>(position - rows.first) * bytes + i;
        std::memcpy(key, &rows.keys[at], page.elementSize());
        std::memcpy(value, &rows.values[at], page.elementSize());
      });
    return page.store();
  };
  return forPages(side, rows.cache, rows.slot, rows.first, rows.count, put);
}

std::string familyOf(std::string_view kernel) {
  return std::string(kernel.substr(0, kernel.find('_')));
}

} // namespace g4rt
