// Any bytes as config.json: what is accepted has a weight table.

#include "models/gemma4/Config.h"
#include "models/gemma4/Weights.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<json::value> value = parseJson(textOf(data, size));
  if (!value || !value->is_object())
    return 0;
  auto config = g4::gemma4::parseTextConfig(value->get_object());
  if (!config)
    return 0;
  require(config->numLayers() > 0, "layers");
  for (const auto &spec : g4::gemma4::weightTable(*config)) {
    int64_t count = 1;
    for (int64_t dimension : spec.shape) {
      require(dimension > 0, "a positive dimension");
      require(!__builtin_mul_overflow(count, dimension, &count), "a size");
    }
  }
  return 0;
}
