// The searched scale against every scale that there is, and against the usual
// rule's.

#include "compiler/quantize/ScaleSearch.h"

#include "compiler/quantize/Encode.h"
#include "compiler/quantize/GroupRules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "test/compiler/quantize/Normals.h"

namespace g4 {
namespace {

using artifact::findFormat;
using artifact::WeightFormat;

constexpr size_t kGroups = 500;

double errorOf(const WeightFormat &format, std::span<const float> x,
               std::span<const float> w, uint32_t bits) {
  double half = 1 << (format.bits - 1), error = 0;
  double scale = artifact::floatOf(format.scale, bits);
  for (size_t i = 0; i < x.size(); ++i) {
    double q = scale == 0 ? 0
                          : std::clamp(std::floor(x[i] / scale + half + 0.5),
                                       0.0, 2 * half - 1) -
                                half;
    error += w[i] * std::pow(x[i] - q * scale, 2);
  }
  return error;
}

uint32_t usualScale(const WeightFormat &format, std::span<const float> x) {
  std::vector<uint8_t> codes(x.size());
  return encodeOffset(format, x, codes).scale;
}

/// The least error that scales near the usual one have, 1 in 400 apart.
double leastError(const WeightFormat &format, std::span<const float> x,
                  std::span<const float> w) {
  float usual = artifact::floatOf(format.scale, usualScale(format, x));
  double least = errorOf(format, x, w, usualScale(format, x));
  for (int step = -100; step <= 100; ++step)
    least = std::min(
        least, errorOf(format, x, w,
                       scaleBits(format, usual * (1 + float(step) / 400))));
  return least;
}

std::vector<uint32_t> scalesOf(const WeightFormat &format,
                               std::span<const float> row,
                               std::span<const float> importance = {}) {
  std::vector<uint32_t> bits(row.size() / format.group);
  searchScales(format, row, importance, bits);
  return bits;
}

/// Sums over all groups: found, the usual rule's, the least.
struct Errors {
  double found = 0, usual = 0, least = 0;
};
Errors errorsOf(const WeightFormat &format, std::span<const float> row,
                std::span<const float> importance) {
  std::vector<float> alike(row.size(), 1);
  std::vector<uint32_t> scales = scalesOf(format, row, importance);
  std::span<const float> all = importance.empty() ? alike : importance;
  size_t size = format.group;
  Errors sum;
  for (size_t g = 0; g < scales.size(); ++g) {
    auto x = row.subspan(g * size, size), w = all.subspan(g * size, size);
    double found = errorOf(format, x, w, scales[g]);
    double usual = errorOf(format, x, w, usualScale(format, x));
    EXPECT_LE(found, usual * (1 + 1e-5)) << "group " << g;
    sum.found += found;
    sum.usual += usual;
    sum.least += leastError(format, x, w);
  }
  return sum;
}

TEST(ScaleSearchTest, LosesLessThanTheUsualRuleAndLittleMoreThanTheBest) {
  for (const char *name : {"int4", "int4-f16", "int4-f32", "int4-g64"}) {
    SCOPED_TRACE(name);
    const WeightFormat &format = *findFormat(name);
    Errors errors =
        errorsOf(format, normals(kGroups * format.group, 0.02F, 1), {});
    EXPECT_LE(errors.found, 0.9 * errors.usual);
    EXPECT_LE(errors.found, 1.03 * errors.least);
  }
  const WeightFormat &int6 = *findFormat("int6");
  Errors errors = errorsOf(int6, normals(kGroups * int6.group, 0.02F, 1), {});
  EXPECT_LE(errors.found, 0.9 * errors.usual);
}

TEST(ScaleSearchTest, ImportanceSaysWhichNumbersMatter) {
  const WeightFormat &format = *findFormat("int4-f16");
  std::vector<float> row = normals(kGroups * 32, 0.02F, 2), importance;
  std::mt19937 random(3);
  std::exponential_distribution<float> size;
  for (size_t i = 0; i < row.size(); ++i)
    importance.push_back(std::pow(size(random), 2));
  Errors errors = errorsOf(format, row, importance);
  EXPECT_LE(errors.found, 0.85 * errors.usual);
  EXPECT_LE(errors.found, 1.1 * errors.least);
}

TEST(ScaleSearchTest, NumbersOnTheUsualRulesLatticeAreExact) {
  const WeightFormat &format = *findFormat("int4");
  std::vector<float> row = normals(kGroups * 32, 0.02F, 4);
  roundRow(format, row);
  std::vector<float> again = row;
  roundRow({format, ScaleRule::Search}, again);
  EXPECT_EQ(row, again);
}

TEST(ScaleSearchTest, AGroupDependsOnItselfAlone) {
  const WeightFormat &format = *findFormat("int4");
  std::vector<float> row = normals(11 * 32, 0.02F, 5);
  std::vector<uint32_t> all = scalesOf(format, row);
  for (size_t g = 0; g < all.size(); ++g)
    EXPECT_EQ(scalesOf(format, std::span(row).subspan(g * 32, 32)),
              std::vector<uint32_t>{all[g]});
}

TEST(ScaleSearchTest, GroupsWithoutAScaleHaveZero) {
  for (float zero : {0.0F, -0.0F, 1e-45F})
    EXPECT_EQ(
        scalesOf(*findFormat("int4-f16"), std::vector<float>(32, zero))[0], 0u);
}

TEST(ScaleSearchTest, NumbersWhoseSquaresAreNoFloatsHaveTheUsualScale) {
  const WeightFormat &format = *findFormat("int4");
  for (float size : {1e-30F, 1e30F}) {
    std::vector<float> row(32, size / 3);
    row[9] = size;
    EXPECT_EQ(scalesOf(format, row)[0], usualScale(format, row)) << size;
  }
}

TEST(ScaleSearchTest, FormatsWithAnotherRuleKeepIt) {
  for (const char *name : {"int8", "int4-min", "fp8", "bf16"}) {
    std::vector<float> row = normals(64, 0.02F, 6), searched = row;
    roundRow(*findFormat(name), row);
    roundRow({*findFormat(name), ScaleRule::Search}, searched);
    EXPECT_EQ(row, searched) << name;
  }
}

} // namespace
} // namespace g4
