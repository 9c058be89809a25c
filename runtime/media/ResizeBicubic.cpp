//===- ResizeBicubic.cpp - A picture in another size ----------------------===//

#include "runtime/media/ResizeBicubic.h"

#include <algorithm>
#include <cmath>

namespace g4rt {

namespace {

/// Which pixels of a line become one of the new line, and by which weights.
struct Taps {
  int64_t first = 0;
  std::vector<double> weights;       // sum to 1
  std::vector<int32_t> fixedWeights; // of Filter::numBits after the point
};

/// What makes a new line of an old one.
struct Filter {
  std::vector<Taps> taps; // one a pixel of the new line
  int numBits = 0;
};

/// A line of pixels in memory, and the distance of two of them in bytes.
struct Line {
  const uint8_t *from;
  uint8_t *to;
  int64_t fromStep, toStep;
};

} // namespace

static double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

static Taps tapsOf(int64_t target, double scale, int64_t length) {
  double filterScale = std::max(scale, 1.0);
  double support = 2 * filterScale;
  double center = scale * (target + 0.5);
  Taps taps;
  taps.first =
      std::max<int64_t>(static_cast<int64_t>(center - support + 0.5), 0);
  int64_t end =
      std::min<int64_t>(static_cast<int64_t>(center + support + 0.5), length);
  double sum = 0;
  for (int64_t i = taps.first; i < end; ++i) {
    taps.weights.push_back(cubic((i - center + 0.5) * (1 / filterScale)));
    sum += taps.weights.back();
  }
  if (sum != 0)
    for (double &weight : taps.weights)
      weight /= sum;
  return taps;
}

static int32_t toFixed(double weight, int numBits) {
  return static_cast<int32_t>(weight * (1 << numBits) +
                              (weight < 0 ? -0.5 : 0.5));
}

/// The most bits after the point with which the largest weight fits in 16, its
/// sign among them; torchvision multiplies such numbers.
static int numWeightBits(const std::vector<Taps> &taps) {
  double largest = 0;
  for (const Taps &tap : taps)
    for (double weight : tap.weights)
      largest = std::max(largest, weight);
  int numBits = 0;
  while (numBits < 22 && toFixed(largest, numBits + 1) < 1 << 15)
    ++numBits;
  return numBits;
}

static Filter filterFor(int64_t from, int64_t to) {
  double scale = static_cast<double>(from) / static_cast<double>(to);
  Filter filter;
  for (int64_t target = 0; target < to; ++target)
    filter.taps.push_back(tapsOf(target, scale, from));
  filter.numBits = numWeightBits(filter.taps);
  for (Taps &tap : filter.taps)
    for (double weight : tap.weights)
      tap.fixedWeights.push_back(toFixed(weight, filter.numBits));
  return filter;
}

static void resizeLine(const Filter &filter, Line line) {
  uint8_t *to = line.to;
  for (const Taps &tap : filter.taps) {
    int32_t sums[3];
    std::fill_n(sums, 3, 1 << (filter.numBits - 1));
    const uint8_t *from = line.from + tap.first * line.fromStep;
    for (int32_t weight : tap.fixedWeights) {
      for (int c = 0; c < 3; ++c)
        sums[c] += from[c] * weight;
      from += line.fromStep;
    }
    for (int c = 0; c < 3; ++c)
      to[c] =
          static_cast<uint8_t>(std::clamp(sums[c] >> filter.numBits, 0, 255));
    to += line.toStep;
  }
}

static Picture emptyPicture(PictureSize size) {
  return {size, std::vector<uint8_t>(size.width * size.height * 3)};
}

static Picture resizeWidth(const Picture &picture, int64_t width) {
  Picture result = emptyPicture({width, picture.size.height});
  Filter filter = filterFor(picture.size.width, width);
  for (int64_t y = 0; y < picture.size.height; ++y)
    resizeLine(filter, {&picture.rgb[y * picture.size.width * 3],
                        &result.rgb[y * width * 3], 3, 3});
  return result;
}

static Picture resizeHeight(const Picture &picture, int64_t height) {
  int64_t width = picture.size.width;
  Picture result = emptyPicture({width, height});
  Filter filter = filterFor(picture.size.height, height);
  for (int64_t x = 0; x < width; ++x)
    resizeLine(filter,
               {&picture.rgb[x * 3], &result.rgb[x * 3], width * 3, width * 3});
  return result;
}

Picture resizeBicubic(const Picture &picture, PictureSize size) {
  if (picture.size == size)
    return picture;
  // The weights of a side that stays are 0 and 1.
  if (picture.size.width == size.width)
    return resizeHeight(picture, size.height);
  Picture wide = resizeWidth(picture, size.width);
  return picture.size.height == size.height ? wide
                                            : resizeHeight(wide, size.height);
}

} // namespace g4rt
