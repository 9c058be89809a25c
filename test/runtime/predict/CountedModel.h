//===- CountedModel.h - The toy model with counted kernels ------*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_PREDICT_COUNTEDMODEL_H
#define G4_TEST_RUNTIME_PREDICT_COUNTEDMODEL_H

#include "test/support/ToyModel.h"

namespace g4rt {

/// A thread of each kernel, of which a block has 32, has 100 instructions and
/// 10 in each round, and loads 8 bytes through each parameter, 4 in each round,
/// 4 at a time.
inline ToyModel countedModel() {
  ToyModel model;
  for (auto &kernel : model.code().kernels) {
    kernel->threads = 32;
    auto count = [&](uint64_t instructions, uint64_t bytes) {
      auto work = std::make_unique<artifact::WorkT>();
      work->instructions = instructions;
      work->bytes_in_flight = 4;
      work->loaded_bytes.assign(kernel->params.size(), bytes);
      return work;
    };
    kernel->work = count(100, 8);
    kernel->round = count(10, 4);
  }
  return model;
}

} // namespace g4rt

#endif // G4_TEST_RUNTIME_PREDICT_COUNTEDMODEL_H
