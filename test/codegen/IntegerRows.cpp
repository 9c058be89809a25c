#include "test/codegen/IntegerRows.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace g4 {

// Of 8 columns 0, 4, 1, 5 are the bytes of one word, 2, 6, 3, 7 of the next.
static constexpr int kColumns[8] = {0, 4, 1, 5, 2, 6, 3, 7};
static constexpr int64_t kGroupWords = 12;

static int64_t paddedGroups(int64_t cols) { return (cols + 63) / 64 * 2; }

std::vector<double> quantizedWords(const std::vector<double> &x, int64_t cols) {
  std::vector<double> words;
  for (size_t row = 0; row < x.size() / cols; ++row)
    for (int64_t group = 0; group < paddedGroups(cols); ++group) {
      float numbers[32] = {}, largest = 0;
      for (int64_t i = 0; i < 32 && group * 32 + i < cols; ++i) {
        numbers[i] = static_cast<float>(x[row * cols + group * 32 + i]);
        largest = std::max(largest, std::abs(numbers[i]));
      }
      float factor = largest == 0 ? 0 : 127 / largest;
      int32_t codes[32], first = 0, last = 0;
      for (int i = 0; i < 32; ++i) {
        codes[i] = static_cast<int32_t>(std::nearbyint(numbers[i] * factor));
        (i < 16 ? first : last) += codes[i];
      }
      for (int word = 0; word < 8; ++word) {
        uint32_t bits = 0;
        for (int byte = 0; byte < 4; ++byte) {
          int col = word / 2 * 8 + kColumns[word % 2 * 4 + byte];
          bits |= static_cast<uint32_t>(codes[col] & 0xff) << 8 * byte;
        }
        words.push_back(static_cast<int32_t>(bits));
      }
      words.push_back(std::bit_cast<int32_t>(largest / 127));
      words.insert(words.end(),
                   {double(first + last), double(first), double(last)});
    }
  return words;
}

std::vector<double> numbersOfWords(const std::vector<double> &words,
                                   int64_t cols) {
  std::vector<double> numbers;
  int64_t rowWords = paddedGroups(cols) * kGroupWords;
  for (size_t row = 0; row < words.size() / rowWords; ++row)
    for (int64_t col = 0; col < cols; ++col) {
      const double *group =
          words.data() + row * rowWords + col / 32 * kGroupWords;
      auto place = std::find(kColumns, kColumns + 8, col % 8) - kColumns;
      auto word = static_cast<uint32_t>(
          static_cast<int32_t>(group[col % 32 / 8 * 2 + place / 4]));
      auto code = static_cast<int8_t>(word >> place % 4 * 8);
      numbers.push_back(double(code) *
                        std::bit_cast<float>(static_cast<int32_t>(group[8])));
    }
  return numbers;
}

} // namespace g4
