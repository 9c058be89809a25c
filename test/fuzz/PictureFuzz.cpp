// Any bytes as a picture: what is accepted has its pixels and a size that a
// model can see.

#include "runtime/media/DecodePicture.h"
#include "runtime/media/PictureBudget.h"

#include "test/fuzz/Fuzz.h"

using namespace g4rt;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto picture = decodePicture(std::as_bytes(std::span(data, size)),
                               {.maxPixels = 1 << 16});
  if (!picture)
    return 0;
  auto [width, height] = picture->size;
  require(picture->rgb.size() == size_t(width * height * 3), "all pixels");
  for (int64_t budget : kSoftTokenBudgets) {
    int64_t seen = numSoftTokens(sizeForBudget(picture->size, budget));
    require(seen > 0 && seen <= budget, "tokens fit the budget");
  }
  return 0;
}
