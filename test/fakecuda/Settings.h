//===- Settings.h - What the fake driver is told ----------------*- C++ -*-===//
//
// A driver has no command line, so this one takes the environment:
//
//   CUDA_VISIBLE_DEVICES            as NVIDIA's: numbers or UUIDs
//   G4_FAKE_CUDA_DEVICES            GPUs, "9.0:8192,8.0:4096:Old": capability,
//                                   MiB of memory, name; "" is none
//   G4_FAKE_CUDA_DRIVER_VERSION     13000
//   G4_FAKE_CUDA_FAIL_LAUNCH        N: the Nth kernel that runs ends in an
//                                   illegal address
//   G4_FAKE_CUDA_FAULT_FILE         a file; once it is there the next kernel
//                                   removes it and ends in an illegal address
//   G4_FAKE_CUDA_SEED               of the emulator's orders
//   G4_FAKE_CUDA_WORKERS            host threads of the emulator
//   G4_FAKE_CUDA_LOG                a file, a line added an event
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKECUDA_SETTINGS_H
#define G4_TEST_FAKECUDA_SETTINGS_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace g4::fakecuda {

struct DeviceSettings {
  int major = 9, minor = 0;
  size_t memoryBytes = size_t{8} << 30;
  std::string name = "NVIDIA H200 (emulated)";
  std::array<char, 16> uuid{};

  /// Shared memory that a block may ask for.
  int maxSharedBytes() const;
};

struct Settings {
  std::vector<DeviceSettings> devices; // those that are visible
  int driverVersion = 13000;
  uint64_t failLaunch = 0; // 0: none
  std::string faultFile, log;
  uint32_t seed = 1;
  int numWorkers = 2;

  /// Reads the environment; ends the process if it makes no sense, so that a
  /// test does not run with other settings than it meant.
  static Settings fromEnvironment();
};

/// The UUID of device `number`: "GPU-67346661-6b65-0000-0000-000000000000" and
/// so on, without the prefix as bytes.
std::array<char, 16> uuidOf(int number);
std::string uuidText(const std::array<char, 16> &uuid);

} // namespace g4::fakecuda

#endif // G4_TEST_FAKECUDA_SETTINGS_H
