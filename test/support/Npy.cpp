//===- Npy.cpp - Arrays of test/reference for tests -----------------------===//

#include "test/support/Npy.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

namespace g4 {

[[noreturn]] static void die(const std::string &path, const char *why) {
  std::cerr << path << ": " << why << "\n";
  std::abort();
}

static std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    die(path, "cannot be read");
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

/// What follows 'key': in the header, a Python dictionary.
static std::string fieldOf(const std::string &header, const std::string &key) {
  size_t at = header.find("'" + key + "':");
  return at == std::string::npos ? "" : header.substr(at + key.size() + 4);
}

static std::vector<int64_t> shapeOf(const std::string &field) {
  std::vector<int64_t> shape;
  std::stringstream text(field.substr(1, field.find(')') - 1));
  for (std::string size; std::getline(text, size, ',');)
    if (size.find_first_not_of(' ') != std::string::npos)
      shape.push_back(std::stoll(size));
  return shape;
}

template <typename T>
static std::vector<double> numbersOf(const std::string &bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(T));
  for (size_t i = 0; i < numbers.size(); ++i) {
    T number;
    std::memcpy(&number, bytes.data() + i * sizeof(T), sizeof(T));
    numbers[i] = static_cast<double>(number);
  }
  return numbers;
}

/// IEEE half precision.
static double halfToDouble(int bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double value = exponent == 0 ? std::ldexp(mantissa, -24)
                               : std::ldexp(1024 + mantissa, exponent - 25);
  return bits >> 15 & 1 ? -value : value;
}

static std::vector<double> halvesOf(const std::string &bytes) {
  std::vector<double> numbers = numbersOf<uint16_t>(bytes);
  for (double &number : numbers)
    number = halfToDouble(static_cast<int>(number));
  return numbers;
}

NpyArray readNpy(const std::string &path) {
  std::string bytes = readFile(path);
  if (bytes.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) != 0)
    die(path, "is no .npy of version 1.0");
  uint16_t headerSize;
  std::memcpy(&headerSize, bytes.data() + 8, sizeof(headerSize));
  std::string header = bytes.substr(10, headerSize);
  std::string data = bytes.substr(10 + headerSize);
  std::string type = fieldOf(header, "descr").substr(0, 5);
  if (fieldOf(header, "fortran_order").rfind("False", 0) != 0)
    die(path, "is not in C order");
  NpyArray array{shapeOf(fieldOf(header, "shape")), {}};
  if (type == "'<f4'")
    array.elements = numbersOf<float>(data);
  else if (type == "'<f8'")
    array.elements = numbersOf<double>(data);
  else if (type == "'<f2'")
    array.elements = halvesOf(data);
  else if (type == "'<i4'")
    array.elements = numbersOf<int32_t>(data);
  else if (type == "'<u2'")
    array.elements = numbersOf<uint16_t>(data);
  else if (type == "'|u1'")
    array.elements = numbersOf<uint8_t>(data);
  else
    die(path, "holds numbers of an unknown type");
  return array;
}

} // namespace g4
