//===- ScriptedVendors.h - The scripted driver as each vendor's -*- C++ -*-===//
//
// For tests of what CUDA and HIP devices share: each runs with both.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_SUPPORT_SCRIPTEDVENDORS_H
#define G4_TEST_SUPPORT_SCRIPTEDVENDORS_H

#include "runtime/device/gpu/Driver.h"
#include "runtime/device/gpu/Gpu.h"
#include "runtime/device/gpu/Platform.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "test/support/ScriptedDriver.h"

namespace g4rt {

struct ScriptedVendor {
  std::string name; // "Cuda"
  artifact::DeviceKind kind;
  artifact::CodeFormat format;
  /// What both vendors' tables have.
  std::function<gpu::DriverTable(const ScriptedDriver &)> table;
  std::function<gpu::GpuLook(const ScriptedDriver &)> look;
  std::function<std::unique_ptr<gpu::Platform>(const ScriptedDriver &,
                                               const gpu::Gpu &)>
      platform;
  std::function<Result<std::unique_ptr<Device>>(const ScriptedDriver &, int)>
      create;
};

std::vector<ScriptedVendor> scriptedVendors();

/// A test that runs with each vendor: instantiate it with G4_EACH_VENDOR.
class ScriptedVendorTest : public testing::TestWithParam<ScriptedVendor> {
protected:
  /// The vendor's name of a function: symbol(&gpu::DriverTable::memAlloc).
  template <typename Function>
  std::string symbol(Function gpu::DriverTable::*member) const {
    return (table_.*member).symbol;
  }
  /// The vendor's name of an error: "CUDA_ERROR_OUT_OF_MEMORY".
  std::string errorName(gpu::DriverResult result) const {
    const char *name = nullptr;
    table_.getErrorName.call(result, &name);
    return name ? name : "";
  }

  ScriptedDriver script_;
  gpu::DriverTable table_ = GetParam().table(script_);
  gpu::Driver driver_{table_};
};

#define G4_EACH_VENDOR(fixture)                                                \
  INSTANTIATE_TEST_SUITE_P(Vendors, fixture,                                   \
                           testing::ValuesIn(g4rt::scriptedVendors()),         \
                           [](const auto &info) { return info.param.name; })

} // namespace g4rt

#endif // G4_TEST_SUPPORT_SCRIPTEDVENDORS_H
