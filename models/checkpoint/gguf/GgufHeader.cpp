//===- GgufHeader.cpp - What stands before a GGUF file's tensors ----------===//

#include "models/checkpoint/gguf/GgufHeader.h"

#include "models/checkpoint/JsonFields.h"
#include "models/checkpoint/gguf/GgufTypes.h"

#include <algorithm>
#include <bit>
#include <optional>

namespace g4::gguf {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

// Real files have some dozen pairs and, with experts one by one, some ten
// thousand tensors; what is read costs memory.
constexpr uint64_t kMaxPairs = 1 << 16;
constexpr uint64_t kMaxTensors = 1 << 18;
constexpr uint64_t kMaxKeyBytes = (1 << 16) - 1;
constexpr uint64_t kMaxNameBytes = 256;
constexpr uint32_t kMaxRank = 4;
constexpr int64_t kDefaultAlignment = 32, kMaxAlignment = 1 << 20;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

namespace {

/// A tensor before it is known where the data begin.
struct TensorInfo {
  TensorType type = {};
  std::vector<int64_t> shape;
  uint64_t offset = 0, numBytes = 0;
};

class HeaderReader {
public:
  explicit HeaderReader(std::span<const std::byte> file)
      : file_(file), cursor_(file) {}

  Result<Header> read();

private:
  Status readCounts();
  Status readPair();
  Status readTensor();
  Result<TensorInfo> readTensorInfo();
  Result<std::vector<int64_t>> readShape();
  Result<int64_t> readAlignment();
  Status placeTensors();
  Status checkOverlaps() const;

  std::span<const std::byte> file_;
  Cursor cursor_;
  uint64_t numTensors_ = 0, numPairs_ = 0;
  std::map<std::string, TensorInfo> infos_; // by name
  Header header_;
};

} // namespace

Status HeaderReader::readCounts() {
  G4RT_ASSIGN(auto magic, cursor_.take(4, "magic"));
  if (std::memcmp(magic.data(), "GGUF", 4) != 0)
    return invalid("does not start with \"GGUF\"");
  G4RT_ASSIGN(uint32_t version, cursor_.number<uint32_t>("version"));
  if (version == 0x02000000 || version == 0x03000000)
    return invalid("a big-endian file, needs a little-endian one");
  if (version != 2 && version != 3)
    return invalid("version " + std::to_string(version) + ", needs 2 or 3");
  G4RT_ASSIGN(numTensors_, cursor_.number<uint64_t>("number of tensors"));
  G4RT_ASSIGN(numPairs_, cursor_.number<uint64_t>("number of pairs"));
  if (numTensors_ > kMaxTensors || numPairs_ > kMaxPairs)
    return invalid(std::to_string(numTensors_) + " tensors and " +
                   std::to_string(numPairs_) + " pairs, needs at most " +
                   std::to_string(kMaxTensors) + " and " +
                   std::to_string(kMaxPairs));
  return Status();
}

Status HeaderReader::readPair() {
  G4RT_ASSIGN(std::string_view key, cursor_.text(kMaxKeyBytes, "key"));
  Result<GgufValue> value = GgufValue::read(cursor_);
  if (!value)
    return std::move(value).error().during("value of " +
                                           json_fields::shownString(key));
  if (!header_.metadata.emplace(key, *std::move(value)).second)
    return invalid("key " + json_fields::shownString(key) + " comes twice");
  return Status();
}

/// The product of sizes that are not 0; fails if it does not fit 63 bits.
static Result<int64_t> numElementsOf(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    if (size < 1 || __builtin_mul_overflow(count, size, &count))
      return invalid("shape " + shapeText(shape) +
                     ", needs sizes of 1 and more whose product fits 63 bits");
  return count;
}

Result<std::vector<int64_t>> HeaderReader::readShape() {
  G4RT_ASSIGN(uint32_t rank, cursor_.number<uint32_t>("rank"));
  if (rank > kMaxRank)
    return invalid("rank " + std::to_string(rank) + ", needs at most " +
                   std::to_string(kMaxRank));
  std::vector<int64_t> shape(rank);
  for (int64_t &size : shape) {
    G4RT_ASSIGN(size, cursor_.number<int64_t>("size"));
  }
  std::reverse(shape.begin(), shape.end());
  return shape;
}

Result<TensorInfo> HeaderReader::readTensorInfo() {
  TensorInfo info;
  G4RT_ASSIGN(info.shape, readShape());
  G4RT_ASSIGN(int64_t count, numElementsOf(info.shape));
  G4RT_ASSIGN(uint32_t code, cursor_.number<uint32_t>("type"));
  std::optional<TensorType> type = findTensorType(code);
  if (!type)
    return invalid("type code " + std::to_string(code) + " is not known");
  info.type = *type;
  int64_t numCols = info.shape.empty() ? 1 : info.shape.back();
  if (numCols % type->blockElements != 0)
    return invalid("rows of " + std::to_string(numCols) + " elements, " +
                   type->name + " needs a multiple of " +
                   std::to_string(type->blockElements));
  int64_t numBytes = 0;
  if (__builtin_mul_overflow(count / type->blockElements, type->blockBytes,
                             &numBytes))
    return invalid("shape " + shapeText(info.shape) + " is too large");
  info.numBytes = static_cast<uint64_t>(numBytes);
  G4RT_ASSIGN(info.offset, cursor_.number<uint64_t>("offset"));
  return info;
}

Status HeaderReader::readTensor() {
  G4RT_ASSIGN(std::string_view name, cursor_.text(kMaxNameBytes, "name"));
  std::string what = "tensor " + json_fields::shownString(name);
  Result<TensorInfo> info = readTensorInfo();
  if (!info)
    return std::move(info).error().during(what);
  if (!infos_.emplace(name, *std::move(info)).second)
    return invalid(what + " comes twice");
  return Status();
}

/// general.alignment, in bytes.
Result<int64_t> HeaderReader::readAlignment() {
  auto it = header_.metadata.find("general.alignment");
  if (it == header_.metadata.end())
    return kDefaultAlignment;
  G4RT_ASSIGN(g4rt::json::value value, it->second.toJson());
  const int64_t *alignment = value.if_int64();
  if (!alignment || *alignment < 1 || *alignment > kMaxAlignment ||
      !std::has_single_bit(static_cast<uint64_t>(*alignment)))
    return invalid("general.alignment " + json_fields::shown(value) +
                   ", needs a power of two up to " +
                   std::to_string(kMaxAlignment));
  return *alignment;
}

/// Where a tensor lies in the data, which is `size` bytes.
static Status checkPlace(const TensorInfo &info, uint64_t alignment,
                         uint64_t size) {
  if (info.offset % alignment != 0)
    return invalid("offset " + std::to_string(info.offset) +
                   ", needs a multiple of " + std::to_string(alignment));
  if (info.offset > size || info.numBytes > size - info.offset)
    return invalid(std::to_string(info.numBytes) + " bytes at offset " +
                   std::to_string(info.offset) + ", the file has " +
                   std::to_string(size) + " bytes of data");
  return Status();
}

/// Padding between tensors belongs to nobody.
Status HeaderReader::checkOverlaps() const {
  std::vector<std::pair<const TensorInfo *, const std::string *>> order;
  for (const auto &[name, info] : infos_)
    order.emplace_back(&info, &name);
  std::sort(order.begin(), order.end(), [](const auto &a, const auto &b) {
    return a.first->offset < b.first->offset;
  });
  for (size_t i = 1; i < order.size(); ++i) {
    const TensorInfo &before = *order[i - 1].first;
    if (order[i].first->offset - before.offset < before.numBytes)
      return invalid("tensor " + json_fields::shownString(*order[i].second) +
                     " overlaps " +
                     json_fields::shownString(*order[i - 1].second));
  }
  return Status();
}

Status HeaderReader::placeTensors() {
  G4RT_ASSIGN(uint64_t alignment, readAlignment());
  uint64_t end = cursor_.position();
  header_.dataOffset = (end + alignment - 1) / alignment * alignment;
  // A file without tensors need not have the padding.
  auto data = file_.subspan(std::min<size_t>(header_.dataOffset, file_.size()));
  for (auto &[name, info] : infos_) {
    Status status = checkPlace(info, alignment, data.size());
    if (!status.ok())
      return std::move(status).during("tensor " +
                                      json_fields::shownString(name));
    header_.tensors[name] = {.storage = info.type.storage,
                             .typeName = info.type.name,
                             .shape = info.shape,
                             .bytes = data.subspan(info.offset, info.numBytes)};
  }
  return checkOverlaps();
}

Result<Header> HeaderReader::read() {
  G4RT_TRY(readCounts());
  for (uint64_t i = 0; i < numPairs_; ++i)
    G4RT_TRY(readPair());
  for (uint64_t i = 0; i < numTensors_; ++i)
    G4RT_TRY(readTensor());
  G4RT_TRY(placeTensors());
  return std::move(header_);
}

Result<Header> readHeader(std::span<const std::byte> file) {
  return HeaderReader(file).read();
}

} // namespace g4::gguf
