//===- CalibrationFile.cpp - What g4c calibrate found ---------------------===//

#include "models/checkpoint/CalibrationFile.h"

#include "models/checkpoint/Safetensors.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/Checksum.h"
#include "runtime/base/Json.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <span>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
namespace json = g4rt::json;

constexpr std::string_view kExpertRows = ".expert_rows";
constexpr std::string_view kMeanSquare = ".input_mean_square";
constexpr std::string_view kMoments = ".input_moments";

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

namespace {

/// Tensors one after the other, and the header that lists them. The tensors are
/// the caller's until write() returns.
class SafetensorsWriter {
public:
  template <typename T>
  void add(const std::string &name, const char *dtype, json::array shape,
           const std::vector<T> &values) {
    auto bytes = std::as_bytes(std::span(values));
    header_[name] = {{"dtype", dtype},
                     {"shape", std::move(shape)},
                     {"data_offsets", {size_, size_ + bytes.size()}}};
    tensors_.push_back(bytes);
    size_ += bytes.size();
  }

  Status write(const std::string &path, json::object metadata) {
    header_["__metadata__"] = std::move(metadata);
    std::string text = json::serialize(header_);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    uint64_t size = text.size();
    G4RT_ASSIGN(g4rt::AtomicFile file, g4rt::AtomicFile::create(path));
    G4RT_TRY(file.append(std::as_bytes(std::span(&size, 1))));
    G4RT_TRY(file.append(std::as_bytes(std::span(text))));
    for (std::span<const std::byte> tensor : tensors_)
      G4RT_TRY(file.append(tensor));
    return file.commit();
  }

private:
  json::object header_;
  std::vector<std::span<const std::byte>> tensors_;
  uint64_t size_ = 0;
};

} // namespace

Status CalibrationFile::write(const std::string &path) const {
  SafetensorsWriter writer;
  // 8-byte numbers first: each tensor is aligned.
  for (const auto &[name, layer] : experts)
    writer.add(name + std::string(kExpertRows), "U64",
               {layer.numExperts, layer.numExperts}, layer.rows);
  for (const auto &[name, means] : meanSquares)
    writer.add(name + std::string(kMeanSquare), "F32", {means.size()}, means);
  for (const auto &[name, products] : moments) {
    auto channels = static_cast<size_t>(std::sqrt(products.size()));
    writer.add(name + std::string(kMoments), "F32", {channels, channels},
               products);
  }
  return writer.write(path, {{"text", text},
                             {"text_checksum", g4rt::hexOf(textChecksum)},
                             {"rows", std::to_string(rows)}});
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static Status invalid(const std::string &what) {
  return Status(StatusCode::InvalidArgument, what);
}

static Result<uint64_t>
numberAt(const std::map<std::string, std::string> &metadata, const char *key,
         int base) {
  auto found = metadata.find(key);
  if (found == metadata.end())
    return invalid(std::string("metadata has no ") + key +
                   ": g4c calibrate writes it");
  const std::string &text = found->second;
  uint64_t number = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size())
    return invalid(std::string("metadata ") + key + ": \"" + text +
                   "\" is no number");
  return number;
}

template <typename T>
static std::vector<T> valuesOf(const StoredTensor &tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

static Result<CalibrationFile::Layer> readLayer(const StoredTensor &tensor) {
  constexpr int64_t kMaxExperts = 4096;
  const std::vector<int64_t> &shape = tensor.shape;
  if (tensor.typeName != "U64" || shape.size() != 2 || shape[0] != shape[1] ||
      shape[0] < 1 || shape[0] > kMaxExperts)
    return invalid(tensor.typeName + " " + shapeText(shape) +
                   ", needed U64 [experts, experts]");
  return CalibrationFile::Layer{shape[0], valuesOf<uint64_t>(tensor)};
}

static Result<std::vector<float>> readMeans(const StoredTensor &tensor) {
  if (tensor.storage != RowStorage::F32 || tensor.shape.size() != 1)
    return invalid(tensor.typeName + " " + shapeText(tensor.shape) +
                   ", needed F32 [channels]");
  std::vector<float> means = valuesOf<float>(tensor);
  for (float mean : means)
    if (!(mean >= 0) || !std::isfinite(mean))
      return invalid("holds a mean square of " + std::to_string(mean));
  return means;
}

static Result<std::vector<float>> readMoments(const StoredTensor &tensor) {
  if (tensor.storage != RowStorage::F32 || tensor.shape.size() != 2 ||
      tensor.shape[0] != tensor.shape[1])
    return invalid(tensor.typeName + " " + shapeText(tensor.shape) +
                   ", needed F32 [channels, channels]");
  return valuesOf<float>(tensor);
}

static Status readTensor(const std::string &name, const StoredTensor &tensor,
                         CalibrationFile &file) {
  if (name.ends_with(kExpertRows)) {
    std::string layer = name.substr(0, name.size() - kExpertRows.size());
    G4RT_ASSIGN(file.experts[layer], readLayer(tensor));
    return Status();
  }
  if (name.ends_with(kMeanSquare)) {
    std::string weight = name.substr(0, name.size() - kMeanSquare.size());
    G4RT_ASSIGN(file.meanSquares[weight], readMeans(tensor));
    return Status();
  }
  if (name.ends_with(kMoments)) {
    std::string weight = name.substr(0, name.size() - kMoments.size());
    G4RT_ASSIGN(file.moments[weight], readMoments(tensor));
    return Status();
  }
  return invalid("is nothing that g4c calibrate writes");
}

Result<CalibrationFile> CalibrationFile::read(const std::string &path) {
  G4RT_ASSIGN(SafetensorsFile tensors, SafetensorsFile::open(path));
  CalibrationFile file;
  const auto &metadata = tensors.metadata();
  auto checksum = numberAt(metadata, "text_checksum", 16);
  auto rows = numberAt(metadata, "rows", 10);
  if (!checksum || !rows)
    return std::move(checksum ? rows : checksum).error().during(path);
  file.textChecksum = *checksum;
  file.rows = *rows;
  if (auto text = metadata.find("text"); text != metadata.end())
    file.text = text->second;
  for (const auto &[name, tensor] : tensors.tensors())
    if (Status status = readTensor(name, tensor, file); !status.ok())
      return std::move(status).during(path + ": tensor " + name);
  return file;
}

Status checkInputs(size_t found, size_t needed) {
  if (found == needed)
    return Status();
  return Status(
      StatusCode::InvalidArgument,
      "the calibration is of another model: " + std::to_string(found) +
          " numbers of its inputs, needs " + std::to_string(needed));
}

} // namespace g4
