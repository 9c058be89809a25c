//===- HttpTest.h - For tests of what speaks HTTP ---------------*- C++ -*-===//

#ifndef G4_TOOLS_CMAKE_PCH_HTTPTEST_H
#define G4_TOOLS_CMAKE_PCH_HTTPTEST_H

#include "tools/cmake/pch/Http.h"
#include "tools/cmake/pch/Test.h"

#endif // G4_TOOLS_CMAKE_PCH_HTTPTEST_H
