//===- BenchModel.h - g4rt bench FILE ---------------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_BENCH_BENCHMODEL_H
#define G4_TOOLS_G4RT_BENCH_BENCHMODEL_H

#include "tools/g4rt/Commands.h"

namespace g4rt {

/// FILE and its flags; what runs it.
Command addBenchModel(CLI::App &app);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_BENCHMODEL_H
