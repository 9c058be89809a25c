//===- SystemMemory.cpp - Memory that this process can still get ----------===//

#include "runtime/base/SystemMemory.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace g4rt {

static std::string readText(const std::string &path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

static std::optional<uint64_t> numberAt(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  uint64_t number = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc())
    return std::nullopt;
  return number;
}

/// The number after `key` at the start of a line.
static std::optional<uint64_t> fieldOf(std::string_view text,
                                       std::string_view key) {
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.starts_with(key))
      return numberAt(line.substr(key.size()));
    at = end + 1;
  }
  return std::nullopt;
}

std::optional<uint64_t> memInfoBytes(std::string_view memInfo,
                                     std::string_view name) {
  auto kib = fieldOf(memInfo, std::string(name) + ":");
  if (!kib)
    return std::nullopt;
  return *kib * 1024;
}

std::optional<uint64_t> residentBytes() {
  return memInfoBytes(readText("/proc/self/status"), "VmRSS");
}

std::optional<uint64_t> groupMemoryBytes(std::string_view max,
                                         std::string_view current,
                                         std::string_view stat) {
  auto limit = numberAt(max), used = numberAt(current);
  if (!limit || !used)
    return std::nullopt; // "max": no limit
  uint64_t files = fieldOf(stat, "inactive_file ").value_or(0) +
                   fieldOf(stat, "active_file ").value_or(0);
  uint64_t held = *used - std::min(*used, files);
  return *limit - std::min(*limit, held);
}

/// The folder of this process's control group; empty without version 2.
static std::string groupFolder() {
  std::string lines = readText("/proc/self/cgroup");
  size_t at = lines.find("0::");
  if (at == std::string::npos)
    return "";
  size_t end = lines.find('\n', at);
  return "/sys/fs/cgroup" + lines.substr(at + 3, end - at - 3);
}

std::optional<uint64_t> availableMemoryBytes() {
  auto machine = memInfoBytes(readText("/proc/meminfo"), "MemAvailable");
  std::string folder = groupFolder();
  if (folder.empty())
    return machine;
  auto group = groupMemoryBytes(readText(folder + "/memory.max"),
                                readText(folder + "/memory.current"),
                                readText(folder + "/memory.stat"));
  if (!machine || !group)
    return machine ? machine : group;
  return std::min(*machine, *group);
}

std::string byteText(uint64_t bytes) {
  const char *units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double size = static_cast<double>(bytes);
  int unit = 0;
  for (; size >= 1024 && unit < 5; ++unit)
    size /= 1024;
  char text[32];
  std::snprintf(text, sizeof(text), unit ? "%.1f %s" : "%.0f %s", size,
                units[unit]);
  return text;
}

/// "", "B", "K", "KiB", "KB" and alike of M, G and T; 0 for anything else.
static double unitBytes(std::string_view unit) {
  if (unit.empty() || unit == "B")
    return 1;
  constexpr std::string_view kLetters = "KMGT";
  size_t power = kLetters.find(
      static_cast<char>(unit[0] >= 'a' ? unit[0] - ('a' - 'A') : unit[0]));
  if (power == std::string_view::npos)
    return 0;
  std::string_view rest = unit.substr(1);
  if (!rest.empty() && rest != "iB" && rest != "B")
    return 0;
  return std::pow(rest == "B" ? 1000.0 : 1024.0, power + 1);
}

Result<uint64_t> parseBytes(std::string_view text) {
  constexpr double kMost = 0x1p60;
  const char *end = text.data() + text.size();
  double number = 0;
  auto [rest, error] = std::from_chars(text.data(), end, number);
  std::string_view unit(rest, static_cast<size_t>(end - rest));
  unit.remove_prefix(std::min(unit.find_first_not_of(' '), unit.size()));
  double bytes = number * unitBytes(unit);
  if (error == std::errc() && bytes >= 1 && bytes < kMost) // false for NaN
    return static_cast<uint64_t>(bytes);
  return Status(StatusCode::InvalidArgument,
                std::string(text) +
                    ": needs a number of bytes such as 20GiB, 512M or 8GB");
}

} // namespace g4rt
