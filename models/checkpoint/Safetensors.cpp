//===- Safetensors.cpp - Tensors of a mapped .safetensors file ------------===//

#include "models/checkpoint/Safetensors.h"

#include "runtime/base/Json.h"

#include <algorithm>
#include <cstring>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
namespace json = g4rt::json;

constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr size_t kMaxRank = 8;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

struct TypeRow {
  const char *name;
  RowStorage storage;
  int64_t bits;
};
constexpr TypeRow kTypes[] = {
    {"F32", RowStorage::F32, 32},
    {"BF16", RowStorage::BF16, 16},
    {"F16", RowStorage::F16, 16},
    {"F64", RowStorage::Unreadable, 64},
    {"I64", RowStorage::Unreadable, 64},
    {"I32", RowStorage::Unreadable, 32},
    {"I16", RowStorage::Unreadable, 16},
    {"I8", RowStorage::Unreadable, 8},
    {"U64", RowStorage::Unreadable, 64},
    {"U32", RowStorage::Unreadable, 32},
    {"U16", RowStorage::Unreadable, 16},
    {"U8", RowStorage::Unreadable, 8},
    {"BOOL", RowStorage::Unreadable, 8},
    {"F8_E4M3", RowStorage::Unreadable, 8},
    {"F8_E5M2", RowStorage::Unreadable, 8},
};

static Result<std::vector<int64_t>> parseShape(const json::value &value) {
  const json::array *array = value.if_array();
  if (!array || array->size() > kMaxRank)
    return invalid("shape must be an array of at most 8 sizes");
  std::vector<int64_t> shape;
  for (const json::value &size : *array) {
    const int64_t *number = size.if_int64();
    if (!number || *number < 0)
      return invalid("shape must hold whole numbers, not negative");
    shape.push_back(*number);
  }
  return shape;
}

/// Bytes of a tensor; fails if the product overflows.
static Result<uint64_t> sizeBytes(const std::vector<int64_t> &shape,
                                  int64_t bits) {
  int64_t size = bits;
  for (int64_t dim : shape)
    if (__builtin_mul_overflow(size, dim, &size))
      return invalid("shape " + shapeText(shape) + " is too large");
  return static_cast<uint64_t>(size / 8);
}

static Result<std::pair<uint64_t, uint64_t>>
parseOffsets(const json::value &value) {
  const json::array *array = value.if_array();
  if (!array || array->size() != 2)
    return invalid("data_offsets must be two numbers");
  const int64_t *begin = (*array)[0].if_int64(), *end = (*array)[1].if_int64();
  if (!begin || !end || *begin < 0 || *end < *begin)
    return invalid("data_offsets must be two rising numbers");
  return std::pair<uint64_t, uint64_t>(*begin, *end);
}

static Result<StoredTensor> parseTensor(const json::value &entry,
                                        std::span<const std::byte> data) {
  const json::object *object = entry.if_object();
  if (!object)
    return invalid("entry must be an object");
  const json::value *dtype = object->if_contains("dtype");
  const json::value *shape = object->if_contains("shape");
  const json::value *offsets = object->if_contains("data_offsets");
  if (!dtype || !dtype->is_string() || !shape || !offsets)
    return invalid("entry needs dtype, shape and data_offsets");
  StoredTensor tensor;
  tensor.typeName = std::string(dtype->get_string());
  const TypeRow *row = std::find_if(
      std::begin(kTypes), std::end(kTypes),
      [&](const TypeRow &known) { return tensor.typeName == known.name; });
  if (row == std::end(kTypes))
    return invalid("unknown dtype " + tensor.typeName);
  tensor.storage = row->storage;
  G4RT_ASSIGN(tensor.shape, parseShape(*shape));
  G4RT_ASSIGN(uint64_t size, sizeBytes(tensor.shape, row->bits));
  G4RT_ASSIGN(auto range, parseOffsets(*offsets));
  if (range.second > data.size())
    return invalid("ends at byte " + std::to_string(range.second) +
                   " of its data, the file has " + std::to_string(data.size()));
  if (range.second - range.first != size)
    return invalid("has " + std::to_string(range.second - range.first) +
                   " bytes, " + tensor.typeName + " " +
                   shapeText(tensor.shape) + " needs " + std::to_string(size));
  tensor.bytes = data.subspan(range.first, size);
  return tensor;
}

/// The tensors must fill the data, one after the other.
static Status checkLayout(const std::map<std::string, StoredTensor> &tensors,
                          std::span<const std::byte> data) {
  std::vector<std::pair<const std::byte *, const std::string *>> order;
  for (const auto &[name, tensor] : tensors)
    order.emplace_back(tensor.bytes.data(), &name);
  std::sort(order.begin(), order.end(), [&](const auto &a, const auto &b) {
    if (a.first != b.first)
      return a.first < b.first;
    return tensors.at(*a.second).bytes.size() <
           tensors.at(*b.second).bytes.size();
  });
  const std::byte *end = data.data();
  for (const auto &[begin, name] : order) {
    if (begin < end)
      return invalid("tensor " + *name + " overlaps the one before it");
    if (begin > end)
      return invalid("tensor " + *name + " leaves a hole before it");
    end = begin + tensors.at(*name).bytes.size();
  }
  if (end != data.data() + data.size())
    return invalid(std::to_string(data.data() + data.size() - end) +
                   " bytes at the end belong to no tensor");
  return Status();
}

static Result<std::map<std::string, StoredTensor>>
parseFile(std::span<const std::byte> bytes) {
  uint64_t headerSize = 0;
  if (bytes.size() < sizeof(headerSize))
    return invalid(std::to_string(bytes.size()) +
                   " bytes are no safetensors file");
  std::memcpy(&headerSize, bytes.data(), sizeof(headerSize));
  if (headerSize > kMaxHeaderBytes ||
      headerSize > bytes.size() - sizeof(headerSize))
    return invalid("header of " + std::to_string(headerSize) +
                   " bytes in a file of " + std::to_string(bytes.size()));
  auto headerBytes = bytes.subspan(sizeof(headerSize), headerSize);
  auto data = bytes.subspan(sizeof(headerSize) + headerSize);
  std::string_view text(reinterpret_cast<const char *>(headerBytes.data()),
                        headerBytes.size());
  Result<json::value> header = g4rt::parseJson(text, {.maxDepth = 8});
  if (!header)
    return std::move(header).error().during("header");
  if (!header->is_object())
    return invalid("header must be a JSON object");
  std::map<std::string, StoredTensor> tensors;
  for (const auto &entry : header->get_object()) {
    if (entry.key() == "__metadata__")
      continue;
    std::string name(entry.key());
    Result<StoredTensor> tensor = parseTensor(entry.value(), data);
    if (!tensor)
      return std::move(tensor).error().during("tensor " + name);
    tensors.emplace(std::move(name), *std::move(tensor));
  }
  G4RT_TRY(checkLayout(tensors, data));
  return tensors;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  SafetensorsFile file;
  G4RT_ASSIGN(file.file_, g4rt::MappedFile::open(path));
  Result<std::map<std::string, StoredTensor>> tensors =
      parseFile(file.file_.bytes());
  if (!tensors)
    return std::move(tensors).error().during(path);
  file.tensors_ = *std::move(tensors);
  return file;
}

} // namespace g4
