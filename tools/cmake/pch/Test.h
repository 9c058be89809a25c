//===- Test.h - GoogleTest and JSON, precompiled ----------------*- C++ -*-===//
//
// For tests of the runtime: the two take 2 s of every file.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_CMAKE_PCH_TEST_H
#define G4_TOOLS_CMAKE_PCH_TEST_H

#include "runtime/base/Json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#endif // G4_TOOLS_CMAKE_PCH_TEST_H
