//===- Npy.h - Arrays of test/reference for tests ---------------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_NPY_H
#define G4_TEST_SUPPORT_NPY_H

#include <cstdint>
#include <string>
#include <vector>

namespace g4 {

/// An array of a .npy file, row-major. Numbers of f32 and i32 are exact in f64.
struct NpyArray {
  std::vector<int64_t> shape;
  std::vector<double> elements;
};

/// The array of a file of little-endian f4, f8 or i4 numbers in C order. Ends
/// the test program if it is not one. Source of the format: numpy.lib.format.
NpyArray readNpy(const std::string &path);

} // namespace g4

#endif // G4_TEST_SUPPORT_NPY_H
