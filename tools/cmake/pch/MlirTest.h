//===- MlirTest.h - For tests of the compiler -------------------*- C++ -*-===//
//
// Without it a test of kernels takes 30 s to compile.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_CMAKE_PCH_MLIRTEST_H
#define G4_TOOLS_CMAKE_PCH_MLIRTEST_H

#include "tools/cmake/pch/Mlir.h"
#include "tools/cmake/pch/Test.h"

#endif // G4_TOOLS_CMAKE_PCH_MLIRTEST_H
