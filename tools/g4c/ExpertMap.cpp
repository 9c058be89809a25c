//===- ExpertMap.cpp - Which experts a text went to -----------------------===//

#include "tools/g4c/ExpertMap.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace g4 {

namespace json = g4rt::json;

namespace {

/// The counts of one layer.
class LayerCounts {
public:
  LayerCounts(std::string name, size_t numExperts,
              std::span<const std::byte> bytes)
      : name_(std::move(name)), numExperts_(numExperts),
        rows_(numExperts * numExperts) {
    std::memcpy(rows_.data(), bytes.data(), rows_.size() * sizeof(uint64_t));
  }

  const std::string &name() const { return name_; }
  size_t numExperts() const { return numExperts_; }
  uint64_t pair(size_t i, size_t j) const { return rows_[i * numExperts_ + j]; }
  uint64_t rows(size_t expert) const { return pair(expert, expert); }
  uint64_t total() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < numExperts_; ++i)
      sum += rows(i);
    return sum;
  }

private:
  std::string name_;
  size_t numExperts_;
  std::vector<uint64_t> rows_;
};

} // namespace

static std::vector<LayerCounts> readCounts(const g4rt::ArtifactFile &file) {
  const auto &table = *file.root().expert_counts();
  std::span<const std::byte> bytes = file.bytesOf(*table.data());
  std::vector<LayerCounts> layers;
  for (const auto *layer : *table.layers()) {
    size_t experts = layer->num_experts();
    size_t size = experts * experts * sizeof(uint64_t);
    layers.emplace_back(layer->name()->str(), experts, bytes.first(size));
    bytes = bytes.subspan(size);
  }
  return layers;
}

json::value expertsJson(const g4rt::ArtifactFile &file) {
  const auto *table = file.root().expert_counts();
  if (!table)
    return {};
  json::array layers;
  for (const LayerCounts &layer : readCounts(file)) {
    json::array rows, pairs;
    for (size_t i = 0; i < layer.numExperts(); ++i) {
      rows.emplace_back(layer.rows(i));
      json::array line;
      for (size_t j = 0; j < layer.numExperts(); ++j)
        line.emplace_back(layer.pair(i, j));
      pairs.push_back(std::move(line));
    }
    layers.push_back(json::object{{"name", layer.name()},
                                  {"rows", std::move(rows)},
                                  {"pairs", std::move(pairs)}});
  }
  return json::object{{"text", table->text()->c_str()},
                      {"rows", table->rows()},
                      {"layers", std::move(layers)}};
}

//===----------------------------------------------------------------------===//
// For people
//===----------------------------------------------------------------------===//

/// From a blank for an expert that nobody goes to up to a full block for one
/// that has twice its even share or more.
static const char *shadeOf(double timesEven) {
  constexpr const char *kShades[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (timesEven == 0)
    return " ";
  int64_t step = static_cast<int64_t>(timesEven * 4);
  return kShades[std::min<int64_t>(step, 7)];
}

static void printLayer(const LayerCounts &layer, uint64_t numRows) {
  size_t count = layer.numExperts(), most = 0, unused = 0;
  double even = static_cast<double>(layer.total()) / static_cast<double>(count);
  std::string map;
  for (size_t i = 0; i < count; ++i) {
    map += shadeOf(even > 0 ? static_cast<double>(layer.rows(i)) / even : 0);
    most = layer.rows(i) > layer.rows(most) ? i : most;
    unused += layer.rows(i) == 0;
  }
  size_t first = 0, second = 0;
  uint64_t together = 0;
  for (size_t i = 0; i < count; ++i)
    for (size_t j = i + 1; j < count; ++j)
      if (layer.pair(i, j) > together) {
        together = layer.pair(i, j);
        first = i;
        second = j;
      }
  auto percent = [&](uint64_t rows) {
    return 100 * static_cast<double>(rows) / static_cast<double>(numRows);
  };
  std::printf("%-10s |%s| most: %zu (%.1f %% of rows), unused: %zu",
              layer.name().c_str(), map.c_str(), most,
              percent(layer.rows(most)), unused);
  if (together > 0)
    std::printf(", together: %zu and %zu (%.1f %%)", first, second,
                percent(together));
  std::printf("\n");
}

void printExperts(const g4rt::ArtifactFile &file) {
  const auto *table = file.root().expert_counts();
  if (!table) {
    std::printf("experts    not counted: g4c compile --calibration FILE puts "
                "the counts of g4c calibrate into an artifact\n");
    return;
  }
  std::printf("experts    of %llu tokens of %s; a column an expert, blank: "
              "unused, full: twice the even share or more\n",
              static_cast<unsigned long long>(table->rows()),
              table->text()->c_str());
  auto layers = readCounts(file);
  // "layers.10" after "layers.9".
  std::sort(layers.begin(), layers.end(), [](const auto &a, const auto &b) {
    return a.name().size() != b.name().size()
               ? a.name().size() < b.name().size()
               : a.name() < b.name();
  });
  for (const LayerCounts &layer : layers)
    printLayer(layer, std::max<uint64_t>(table->rows(), 1));
}

} // namespace g4
