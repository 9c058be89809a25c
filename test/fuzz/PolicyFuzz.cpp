// Any bytes as a policy: what is accepted has a format for every weight.

#include "compiler/quantize/PolicyFile.h"

#include "test/fuzz/Fuzz.h"

using namespace g4;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto policy = parsePolicy(g4rt::textOf(data, size));
  if (!policy)
    return 0;
  for (std::string_view name : artifact::kWeightClassNames)
    for (int64_t layer : {0, 7, 1 << 20}) {
      const auto &format = policy->formatOf(
          {.weightClass = artifact::findWeightClass(name), .layer = layer});
      g4rt::require(artifact::findFormat(format.name) == &format, "a format");
    }
  return 0;
}
