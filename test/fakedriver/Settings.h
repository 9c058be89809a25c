//===- Settings.h - What the fake driver is told ----------------*- C++ -*-===//
//
// A driver has no command line, so this one takes the environment. After
// G4_FAKE_CUDA_ or G4_FAKE_HIP_:
//
//   DEVICES         GPUs, "9.0:8192,8.0:4096:Old", "gfx942:8192": capability or
//                   architecture, MiB of memory, name; "" is none
//   DRIVER_VERSION  as the driver's function gives it
//   FAIL_LAUNCH     N: the Nth kernel that runs ends in an illegal address
//   FAULT_FILE      a file; once it is there the next kernel removes it and
//   ends
//                   in an illegal address
//   SEED            of the emulator's orders
//   WORKERS         host threads of the emulator
//   LOG             a file, a line added an event
//
// and CUDA_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES, ROCR_VISIBLE_DEVICES as the
// vendors read them: numbers or UUIDs.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKEDRIVER_SETTINGS_H
#define G4_TEST_FAKEDRIVER_SETTINGS_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace g4::fakedriver {

struct DeviceSettings {
  /// Of NVIDIA's: 9 and 0. Of AMD's `arch` alone.
  int major = 0, minor = 0;
  std::string arch; // "gfx942:sramecc+:xnack-"
  size_t memoryBytes = size_t{8} << 30;
  std::string name;
  std::array<char, 16> uuid{};
  /// Scratch memory that a block may ask for.
  int maxSharedBytes = 0;
  int warpSize = 32;
};

struct Settings {
  std::vector<DeviceSettings> devices; // those that are visible
  int driverVersion = 0;
  uint64_t failLaunch = 0; // 0: none
  std::string faultFile, log;
  uint32_t seed = 1;
  int numWorkers = 2;

  /// Reads the environment; ends the process if it makes no sense, so that a
  /// test does not run with other settings than it meant.
  static Settings fromEnvironment();
};

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_SETTINGS_H
