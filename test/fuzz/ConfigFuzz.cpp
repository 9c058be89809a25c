// Any bytes as config.json: what is accepted has a weight table, and so has a
// tower.

#include "models/gemma4/VisionWeights.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;
using namespace g4::gemma4;

static void requireSizes(const std::vector<WeightSpec> &table) {
  for (const WeightSpec &spec : table) {
    int64_t count = 1;
    for (int64_t dimension : spec.shape) {
      require(dimension > 0, "a positive dimension");
      require(!__builtin_mul_overflow(count, dimension, &count), "a size");
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Result<json::value> value = parseJson(textOf(data, size));
  if (!value || !value->is_object())
    return 0;
  auto vision = parseVisionConfig(value->get_object());
  if (vision && *vision)
    requireSizes(visionTable(**vision, /*textSize=*/1 << 18));
  auto config = parseTextConfig(value->get_object());
  if (!config)
    return 0;
  require(config->numLayers() > 0, "layers");
  requireSizes(weightTable(*config));
  return 0;
}
