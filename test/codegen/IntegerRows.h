//===- IntegerRows.h - Quantized rows by plain loops ------------*- C++ -*-===//
//
// What dialects/tile/QuantizedRow.h says, written a second time: the oracle of
// the kernels that make and read such rows.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_CODEGEN_INTEGERROWS_H
#define G4_TEST_CODEGEN_INTEGERROWS_H

#include <cstdint>
#include <vector>

namespace g4 {

/// Rows of `cols` numbers as words: codes, a scale and three sums for every 32
/// columns, rows padded with zeros to 64. cols is a multiple of 32.
std::vector<double> quantizedWords(const std::vector<double> &x, int64_t cols);

/// The numbers that such rows stand for: code times scale.
std::vector<double> numbersOfWords(const std::vector<double> &words,
                                   int64_t cols);

} // namespace g4

#endif // G4_TEST_CODEGEN_INTEGERROWS_H
