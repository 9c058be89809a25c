//===- Side.cpp - One of two devices that run the same steps --------------===//

#include "bench/device/Side.h"

#include "runtime/artifact/CacheLayout.h"

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
        keys_(keyBytesPerPosition(cache_) * cache_.page_size()),
        values_(valueBytesPerPosition(cache_) * cache_.page_size()),
        keysAt_(side.keys[cache] + static_cast<uint64_t>(page) * keys_.size()),
        valuesAt_(side.values[cache] +
                  static_cast<uint64_t>(page) * values_.size()) {}

  Status load() {
    G4RT_TRY(side_.device->copyOut(keys_, keysAt_));
    return side_.device->copyOut(values_, valuesAt_);
  }
  Status store() {
    G4RT_TRY(side_.device->copyIn(keysAt_, keys_));
    G4RT_TRY(side_.device->copyIn(valuesAt_, values_));
    return side_.device->synchronize();
  }
  /// Call `move` with where each element of a position lies here and in a row.
  template <typename F>
  void forKeys(int64_t position, F &&move) {
    bool isRow = side_.keyOrder == KeyOrder::Rows;
    forElements(keys_, keyColumns(cache_), isRow, position, move);
  }
  template <typename F>
  void forValues(int64_t position, F &&move) {
    forElements(values_, cache_.head_dim(), /*isRow=*/true, position, move);
  }
  uint64_t elementSize() const { return size_; }

private:
  template <typename F>
  void forElements(std::vector<std::byte> &bytes, uint64_t d, bool isRow,
                   int64_t position, F &&move) {
    uint64_t p = cache_.page_size();
    uint64_t place = static_cast<uint64_t>(position) % p;
    for (uint64_t head = 0; head < cache_.num_kv_heads(); ++head)
      for (uint64_t i = 0; i < d; ++i) {
        uint64_t row = (head * p + place) * d + i;
        uint64_t panel = (head * d + i) * p + place;
        move(&bytes[(isRow ? row : panel) * size_], (head * d + i) * size_);
      }
  }

  Side &side_;
  const artifact::Cache &cache_;
  uint64_t size_;
  std::vector<std::byte> keys_, values_;
  DeviceAddress keysAt_, valuesAt_;
};

} // namespace

namespace {
/// Bytes of a position in CacheRows.
struct RowBytes {
  uint64_t key, value;

  RowBytes(const Side &side, uint32_t number) {
    const artifact::Cache &cache = *side.program().caches()->Get(number);
    key = keyBytesPerPosition(cache);
    value = valueBytesPerPosition(cache);
  }
};
} // namespace

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
  RowBytes bytes(side, cache);
  CacheRows rows{cache, slot, first, count, {}, {}};
  rows.keys.resize(static_cast<uint64_t>(count) * bytes.key);
  rows.values.resize(static_cast<uint64_t>(count) * bytes.value);
  auto take = [&](PageOfRows &page, int64_t begin, int64_t end) {
    for (int64_t position = begin; position < end; ++position) {
      auto number = static_cast<uint64_t>(position - first);
      page.forKeys(position, [&](std::byte *from, uint64_t i) {
        std::memcpy(&rows.keys[number * bytes.key + i], from,
                    page.elementSize());
      });
      page.forValues(position, [&](std::byte *from, uint64_t i) {
        std::memcpy(&rows.values[number * bytes.value + i], from,
                    page.elementSize());
      });
    }
    return Status();
  };
  G4RT_TRY(forPages(side, cache, slot, first, count, take));
  return rows;
}

Status writeRows(Side &side, const CacheRows &rows) {
  RowBytes bytes(side, rows.cache);
  auto put = [&](PageOfRows &page, int64_t begin, int64_t end) {
    for (int64_t position = begin; position < end; ++position) {
      auto number = static_cast<uint64_t>(position - rows.first);
      page.forKeys(position, [&](std::byte *to, uint64_t i) {
        std::memcpy(to, &rows.keys[number * bytes.key + i], page.elementSize());
      });
      page.forValues(position, [&](std::byte *to, uint64_t i) {
        std::memcpy(to, &rows.values[number * bytes.value + i],
                    page.elementSize());
      });
    }
    return page.store();
  };
  return forPages(side, rows.cache, rows.slot, rows.first, rows.count, put);
}

std::string familyOf(std::string_view kernel) {
  return std::string(kernel.substr(0, kernel.find('_')));
}

} // namespace g4rt
