//===- Settings.cpp - The fake driver's environment -----------------------===//

#include "test/fakecuda/Settings.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

namespace g4::fakecuda {

// "NVIDIA's CUDA C++ Programming Guide", technical specifications: KiB of
// shared memory a block may opt in to.
int DeviceSettings::maxSharedBytes() const {
  int capability = 10 * major + minor;
  if (capability == 80 || capability == 87)
    return 163 << 10;
  if (capability < 90 || major >= 12)
    return 99 << 10;
  return 227 << 10;
}

std::array<char, 16> uuidOf(int number) {
  std::array<char, 16> uuid{'g', '4', 'f', 'a', 'k', 'e'};
  uuid[15] = static_cast<char>(number);
  return uuid;
}

std::string uuidText(const std::array<char, 16> &uuid) {
  std::string text = "GPU-";
  for (size_t i = 0; i < uuid.size(); ++i) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x",
                  static_cast<unsigned char>(uuid[i]));
    text += digits;
    if (i == 3 || i == 5 || i == 7 || i == 9)
      text += '-';
  }
  return text;
}

[[noreturn]] static void refuse(const char *variable, const std::string &text) {
  std::fprintf(stderr, "fakecuda: %s: \"%s\" makes no sense\n", variable,
               text.c_str());
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

static uint64_t number(const char *variable, uint64_t otherwise) {
  const char *text = std::getenv(variable);
  if (!text)
    return otherwise;
  if (auto value = numberIn(text))
    return *value;
  refuse(variable, text);
}

static std::string text(const char *variable, const char *otherwise) {
  const char *value = std::getenv(variable);
  return value ? value : otherwise;
}

/// "9.0:8192:NAME"; what is left out stays.
static DeviceSettings deviceOf(const std::string &entry) {
  const char *variable = "G4_FAKE_CUDA_DEVICES";
  DeviceSettings device;
  std::vector<std::string> parts = split(entry, ':');
  std::vector<std::string> version =
      parts.empty() ? parts : split(parts[0], '.');
  if (parts.size() > 3 || version.size() != 2)
    refuse(variable, entry);
  auto major = numberIn(version[0]), minor = numberIn(version[1]);
  auto memory = parts.size() > 1 ? numberIn(parts[1]) : uint64_t{8192};
  if (!major || !minor || !memory)
    refuse(variable, entry);
  device.major = static_cast<int>(*major);
  device.minor = static_cast<int>(*minor);
  device.memoryBytes = *memory << 20;
  if (parts.size() > 2)
    device.name = parts[2];
  return device;
}

/// As NVIDIA's driver reads it: everything from the first entry on that names
/// no device is ignored.
static std::vector<DeviceSettings> visible(std::vector<DeviceSettings> all) {
  const char *list = std::getenv("CUDA_VISIBLE_DEVICES");
  if (!list)
    return all;
  std::vector<DeviceSettings> result;
  for (const std::string &entry : split(list, ',')) {
    const DeviceSettings *found = nullptr;
    for (size_t i = 0; i < all.size(); ++i)
      if (numberIn(entry) == i || (entry.starts_with("GPU-") &&
                                   uuidText(all[i].uuid).starts_with(entry)))
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
  for (const std::string &entry :
       split(text("G4_FAKE_CUDA_DEVICES", "9.0"), ',')) {
    all.push_back(deviceOf(entry));
    all.back().uuid = uuidOf(static_cast<int>(all.size()) - 1);
  }
  settings.devices = visible(std::move(all));
  settings.driverVersion =
      static_cast<int>(number("G4_FAKE_CUDA_DRIVER_VERSION", 13000));
  settings.failLaunch = number("G4_FAKE_CUDA_FAIL_LAUNCH", 0);
  settings.seed = static_cast<uint32_t>(number("G4_FAKE_CUDA_SEED", 1));
  settings.numWorkers = static_cast<int>(number("G4_FAKE_CUDA_WORKERS", 2));
  settings.faultFile = text("G4_FAKE_CUDA_FAULT_FILE", "");
  settings.log = text("G4_FAKE_CUDA_LOG", "");
  return settings;
}

} // namespace g4::fakecuda
