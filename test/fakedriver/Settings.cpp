//===- Settings.cpp - A fake driver's environment -------------------------===//

#include "test/fakedriver/Settings.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "test/fakedriver/Face.h"

namespace g4::fakedriver {

[[noreturn]] static void refuse(const std::string &variable,
                                const std::string &text) {
  std::fprintf(stderr, "%s: %s%s: \"%s\" makes no sense\n", face().name,
               face().variables, variable.c_str(), text.c_str());
  std::abort();
}

static std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

static std::optional<uint64_t> numberIn(const std::string &text) {
  uint64_t value = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return {};
  return value;
}

/// of a variable after the face's prefix; null if it is not set.
static const char *variable(const std::string &name) {
  return std::getenv((face().variables + name).c_str());
}

static uint64_t number(const char *name, uint64_t otherwise) {
  const char *text = variable(name);
  if (!text)
    return otherwise;
  if (auto value = numberIn(text))
    return *value;
  refuse(name, text);
}

static std::string text(const char *name, const char *otherwise) {
  const char *value = variable(name);
  return value ? value : otherwise;
}

/// "9.0:8192:NAME"; what is left out stays.
static DeviceSettings deviceOf(const std::string &entry) {
  DeviceSettings device;
  std::vector<std::string> parts = split(entry, ':');
  if (parts.empty() || parts.size() > 3 || !face().describe(parts[0], device))
    refuse("DEVICES", entry);
  auto memory = parts.size() > 1 ? numberIn(parts[1]) : uint64_t{8192};
  if (!memory)
    refuse("DEVICES", entry);
  device.memoryBytes = *memory << 20;
  if (parts.size() > 2)
    device.name = parts[2];
  return device;
}

/// As the vendors' drivers read it: everything from the first entry on that
/// names no device is ignored.
static std::vector<DeviceSettings> visible(std::vector<DeviceSettings> all,
                                           const VisibleVariable &variable) {
  const char *list = std::getenv(variable.name);
  if (!list || (!*list && !variable.doesEmptyHideAll))
    return all;
  std::vector<DeviceSettings> result;
  for (const std::string &entry : split(list, ',')) {
    const DeviceSettings *found = nullptr;
    for (size_t i = 0; i < all.size(); ++i)
      if (numberIn(entry) == i ||
          (entry.starts_with("GPU-") &&
           face().uuidText(all[i].uuid).starts_with(entry)))
        found = &all[i];
    if (!found)
      break;
    result.push_back(*found);
  }
  return result;
}

Settings Settings::fromEnvironment() {
  Settings settings;
  std::vector<DeviceSettings> all;
  for (const std::string &entry : split(text("DEVICES", face().device), ',')) {
    all.push_back(deviceOf(entry));
    all.back().uuid = face().uuidOf(static_cast<int>(all.size()) - 1);
  }
  for (const VisibleVariable &variable : face().visible)
    all = visible(std::move(all), variable);
  settings.devices = std::move(all);
  settings.driverVersion = static_cast<int>(
      number("DRIVER_VERSION", static_cast<uint64_t>(face().version)));
  settings.failLaunch = number("FAIL_LAUNCH", 0);
  settings.seed = static_cast<uint32_t>(number("SEED", 1));
  settings.numWorkers = static_cast<int>(number("WORKERS", 2));
  settings.faultFile = text("FAULT_FILE", "");
  settings.log = text("LOG", "");
  return settings;
}

} // namespace g4::fakedriver
