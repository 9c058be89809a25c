//===- QuantizedTensors.cpp - Several stored tensors as one weight --------===//

#include "models/checkpoint/quantized/QuantizedTensors.h"

#include "models/checkpoint/quantized/ModuleTensors.h"

namespace g4 {

using g4rt::Result;
using Method = QuantizationConfig::Method;

/// Whether a tensor so called and of this dtype is the one that a quantised
/// weight is found by.
static bool isWeight(Method method, std::string_view last,
                     const std::string &typeName) {
  switch (method) {
  case Method::CompressedTensors:
    return last == "weight_packed" ||
           (last == "weight" && (typeName == "I8" || typeName == "F8_E4M3"));
  case Method::ModelOpt:
    return last == "weight" && (typeName == "U8" || typeName == "F8_E4M3");
  case Method::Awq:
  case Method::Gptq:
    return last == "qweight";
  }
  return false;
}

static MadeRows readModule(const ModuleTensors &module,
                           const QuantizationConfig &config) {
  switch (config.method) {
  case Method::CompressedTensors:
    return readCompressedTensors(module, config);
  case Method::ModelOpt:
    return readModelOpt(module);
  case Method::Awq:
    return readAwq(module, config);
  case Method::Gptq:
    return readGptq(module, config);
  }
  return module.wrong("weight", "is of a method that is not read");
}

Result<QuantizedTensors> readQuantizedTensors(const QuantizationConfig &config,
                                              const StoredTensors &tensors) {
  QuantizedTensors result;
  for (const auto &[name, tensor] : tensors) {
    size_t dot = name.rfind('.');
    if (dot == std::string::npos ||
        !isWeight(config.method, std::string_view(name).substr(dot + 1),
                  tensor->typeName))
      continue;
    ModuleTensors module(tensors, name.substr(0, dot));
    G4RT_ASSIGN(std::unique_ptr<RowSource> source, readModule(module, config));
    result.sources.push_back(std::move(source));
    module.addNames(result.consumed);
  }
  return result;
}

} // namespace g4
