// A line with a config.json, then the bytes of a .safetensors file: of weights
// that are accepted every row can be read.

#include "models/checkpoint/quantized/QuantizedTensors.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text = textOf(data, size);
  size_t end = text.find('\n');
  if (end == text.npos)
    return 0;
  Result<json::value> value = parseJson(text.substr(0, end));
  if (!value || !value->is_object())
    return 0;
  auto config = g4::readQuantizationConfig(value->get_object(), "");
  FuzzFile bytes(text.substr(end + 1));
  auto file = g4::SafetensorsFile::open(bytes.path());
  if (!config || !*config || !file)
    return 0;
  g4::StoredTensors tensors;
  for (const auto &[name, tensor] : file->tensors())
    tensors.emplace(name, &tensor);
  auto joined = g4::readQuantizedTensors(**config, tensors);
  if (!joined)
    return 0;
  for (const auto &source : joined->sources) {
    require(source->numRows() > 0 && source->numCols() > 0, "rows");
    std::vector<float> row(source->numCols());
    for (int64_t n = 0; n < source->numRows(); ++n)
      source->read(n, row);
  }
  return 0;
}
