//===- MemoryBandwidth.cpp - What a device's memory can give --------------===//

#include "tools/g4rt/MemoryBandwidth.h"

#include "runtime/device/Cards.h"
#include "tools/cli/Sizes.h"
#include "tools/g4rt/bench/Roofs.h"

#include <algorithm>
#include <thread>

namespace g4rt {

constexpr std::string_view kAuto = "auto", kMeasure = "measure";

std::string readMemoryBandwidth(std::string &text) {
  if (text == kAuto || text == kMeasure)
    return "";
  std::string wrong = g4::readByteCount(text);
  return wrong.empty() ? "" : wrong + ", or auto, or measure";
}

double measuredBandwidth(const std::string &flag, int numThreads) {
  if (flag != kMeasure)
    return 0;
  auto cores = static_cast<int>(std::thread::hardware_concurrency());
  return measureReadBandwidth(numThreads > 0 ? numThreads : std::max(1, cores));
}

std::string cardNameOf(std::string_view deviceName) {
  size_t begin = deviceName.find(' ');
  if (begin == std::string_view::npos)
    return "";
  std::string_view name = deviceName.substr(begin + 1);
  return std::string(name.substr(0, name.find(" (")));
}

double memoryBandwidth(const std::string &flag, const Device &device,
                       double measured) {
  if (flag != kAuto && flag != kMeasure)
    return std::stod(flag);
  if (device.kind() == artifact::DeviceKind::cpu)
    return measured;
  auto card = findCard(cardNameOf(device.name()));
  return card ? card->bandwidth : 0;
}

} // namespace g4rt
